// The whole way of a batch by keys alone: documents, review, options, a stamp put in its place, signing, results, validation.
// After every key the focus is somewhere, and can be seen there.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { open, PATIENCE, ROOT } from './harness.mjs';

const SAMPLE = path.join(ROOT, 'src-tauri/crates/office/assets/samples/escritura-uniao-estavel.pdf');
/** So many times Tab is pressed on the way to something before it counts as out of reach. */
const FAR = 90;

describe('a batch by keyboard', () => {
  let app;

  before(async () => {
    app = await open({ name: 'keyboard', size: [1280, 800] });
    for (const name of ['Contrato.pdf', 'Distrato.pdf']) fs.copyFileSync(SAMPLE, path.join(app.desk, name));
    fs.writeFileSync(path.join(app.desk, 'nota.txt'), 'Nota.\n'.repeat(40));
  });
  after(async () => app?.close());

  const own = (name) => path.join(app.desk, name);

  /** Where the focus is; fails when it is nowhere, or nothing shows it. */
  const held = async (after) => {
    let at;
    // What has been pressed may take the focus away, and give it to something else in the next frames.
    const found = async () => {
      at = await app.browser.execute(() => {
        const element = document.activeElement;
        if (element === null || element === document.body) return { lost: true };
        const marks = [element, element.closest('label'), element.parentElement].filter((each) => each !== null);
        const shows = (each) => {
          const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
          return (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1) || boxShadow !== 'none';
        };
        const { left, top, right, bottom, width, height } = element.getBoundingClientRect();
        const inSight = width > 0 && height > 0 && right > 0 && bottom > 0 && left < innerWidth && top < innerHeight;
        return { lost: false, shown: marks.some(shows), inSight, what: element.getAttribute('data-testid') ?? `${element.tagName.toLowerCase()} «${(element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40)}»` };
      });
      return !at.lost && at.shown && at.inSight;
    };
    await app.browser.waitUntil(found, { interval: 50 }).catch(async () => {
      await app.shot(`lost-after-${after}`.replaceAll(/\W+/g, '-'));
      assert.fail(at.lost ? `after ${after} the focus is lost` : `after ${after} the focus on ${at.what} is ${at.shown ? 'out of sight' : 'not to be seen'}`);
    });
    return at.what;
  };
  const press = async (...keys) => {
    await app.keys(...keys);
    return held(keys.join('+'));
  };
  const goTo = async (id, backwards = false) => {
    const way = [];
    for (let step = 0; step < FAR; step += 1) {
      if ((await app.focused()) === id) return;
      way.push(await press(...(backwards ? ['Shift', 'Tab'] : ['Tab'])));
    }
    assert.fail(`«${id}» cannot be reached by Tab; the way was ${way.join(', ')}`);
  };
  const waitFor = (condition, what) => app.browser.waitUntil(condition, { timeoutMsg: what });
  const type = async (text) => {
    for (const letter of text) await app.keys(letter);
  };
  const unfoldByKey = async (id) => {
    await goTo(id);
    await press('Enter');
    assert.equal(await app.browser.$(`[data-testid="${id}"]`).$('..').getProperty('open'), true, `${id} does not open`);
  };

  test('the demonstration begins, and other documents come from the dialog', async () => {
    await app.see('welcome-demo');
    await goTo('welcome-demo');
    await app.keys('Enter');
    await app.see('sign-button');
    await held('the start of the demonstration');
    app.answer({ pick: [own('Contrato.pdf'), own('Distrato.pdf'), own('nota.txt')] });
    await press('Control', 'o');
    await waitFor(async () => (await app.count('queue-item')) === 5, 'not in the queue');
    await goTo('queue-item', true);
    await press('Home');
    // The samples are not part of this batch; what is removed hands the focus to its neighbour.
    for (const left of [4, 3]) {
      await press('Delete');
      await waitFor(async () => (await app.count('queue-item')) === left, 'it stays in the queue');
    }
    assert.equal(await app.focused(), 'queue-item');
    await press('End');
    await press('ArrowUp');
  });

  test('the review opens and leads back', async () => {
    await goTo('batch-review', true);
    await press('Enter');
    await app.see('batch-review-panel');
    assert.equal(await app.focused(), 'batch-review-panel');
    await unfoldByKey('batch-on-error-open');
    await press('Tab');
    await press('ArrowRight');
    await goTo('batch-review-back', true);
    await press('Enter');
    await app.see('sign-options');
  });

  test('options are chosen, and the stamp is put in its place', async () => {
    // A stamp is put on the document that is shown, so that has to be a PDF.
    await goTo('queue-item', true);
    await press('Home');
    await unfoldByKey('sign-options');
    await unfoldByKey('options-says');
    await goTo('sign-reason');
    await type('de acordo');
    await goTo('options-pdf', true);
    await press('Enter');
    await goTo('stamp-switch');
    await press(' ');
    await app.see('stamp-rectangle');
    await goTo('stamp-rectangle', true);
    const at = () => app.browser.execute(() => document.querySelector('[data-testid="stamp-rectangle"]').getBoundingClientRect().toJSON());
    const first = await at();
    for (let step = 0; step < 3; step += 1) await press('Shift', 'ArrowDown');
    await waitFor(async () => (await at()).y > first.y, 'the arrows do not move it');
    await goTo('option-certify');
    await press('ArrowDown');
    await press('ArrowDown');
    await press('Enter');
    await waitFor(async () => (await app.browser.$$('[role="listbox"]:not([data-inline])')).length === 0, 'the list stays open');
    assert.equal(await app.focused(), 'option-certify');
    await app.reads('left-out', /Só em PDF: carimbo visível[^]*nota\.txt/);
    // A place that covers nothing is found by the program.
    if (await app.shows('stamp-covers')) {
      await goTo('stamp-page', true);
      await press('ArrowDown');
      await press('End');
      await press('Enter');
      await goTo((await app.shows('stamp-move')) ? 'stamp-move' : 'stamp-x');
      if ((await app.focused()) === 'stamp-move') await press('Enter');
      await app.gone('stamp-covers', 2 * PATIENCE);
      await held('the stamp has found its place');
    }
    await app.shot('options');
  });

  test('every document is looked at, and all are signed', async () => {
    await goTo('batch-review', true);
    await press('Enter');
    await app.see('batch-review-panel');
    for (let left = 3; left > 0 && (await app.shows('sign-next-unseen')); left -= 1) {
      await goTo('sign-next-unseen');
      await press('Enter');
      const seen = () => app.browser.$$('[data-testid="queue-item"][data-seen="true"]').length;
      const before = await seen();
      await waitFor(async () => (await seen()) > before || !(await app.shows('sign-next-unseen')), 'nothing is looked at');
    }
    await app.gone('sign-next-unseen');
    await held('the last document was looked at');
    await app.enabled('batch-sign');
    await goTo('batch-sign');
    await app.keys('Enter');
    await app.see('sign-result');
    await held('the end of the batch');
    assert.equal(await app.browser.$('[data-testid="sign-result"]').getAttribute('data-status'), 'succeeded', await app.words());
    assert.deepEqual(fs.readdirSync(app.desk).filter((name) => /assinado|p7s/.test(name)).sort(), ['Contrato-assinado.pdf', 'Distrato-assinado.pdf', 'nota.txt.p7s']);
    await app.shot('result');
  });

  test('a result is validated, and its verdict can be read to the end', async () => {
    await goTo('result-verify', true);
    await app.keys('Enter');
    await app.reads('verdict-headline', /íntegro e confiável/i);
    await held('the verdict');
    await goTo('verify-extend-open');
    await press('Enter');
    await goTo('verify-tab-document');
    await press('ArrowRight');
    await app.see('chain-view');
    await app.shot('verdict');
    await goTo('verify-pick', true);
    app.answer({ pick: [own('nota.txt')] });
    await press('Enter');
    await waitFor(async () => /nota\.txt não é uma assinatura/.test(await app.text('error-panel')), 'what is no signature is called something else');
    await held('the other document');
    assert.match(await app.text('error-panel'), /\.p7s[^]*Assinar/);
    await app.shot('no-signature');
  });

  test('the next pile begins, and the keys are told', async () => {
    await goTo('nav-sign', true);
    await app.keys('Enter');
    await app.see('sign-clear');
    await goTo('sign-clear');
    await press('Enter');
    await app.see('sign-pick');
    await press('?');
    await app.see('keys-dialog');
    await app.keys('Escape');
    await app.gone('keys-dialog');
    await held('the dialog closes');
  });
});
