// What lies beyond the simple signature, in the real window: levels and policies that are not to be had here and say so, a visible
// stamp placed by keyboard, certification, other forms, and what a validation says of them.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { open, ROOT } from './harness.mjs';

const SAMPLE = path.join(ROOT, 'src-tauri/crates/office/assets/samples/escritura-uniao-estavel.pdf');

describe('signing beyond the simple path', () => {
  let app;
  let contract;
  let note;

  before(async () => {
    app = await open({ name: 'levels', size: [1280, 800] });
    contract = path.join(app.desk, 'Contrato.pdf');
    fs.copyFileSync(SAMPLE, contract);
    note = path.join(app.desk, 'nota.txt');
    fs.writeFileSync(note, 'Nota.\n'.repeat(50));
    await app.click('welcome-demo');
    await app.see('sign-button', 60_000);
  });
  after(async () => app?.close());

  const desk = () => fs.readdirSync(app.desk).filter((name) => !name.startsWith('.'));
  const pickOnly = async (file) => {
    if (await app.shows('sign-clear')) await app.click('sign-clear');
    for (let left = await app.count('queue-item'); left > 0; left = await app.count('queue-item')) {
      await app.browser.$('[data-testid="queue-remove"]').click();
      await app.browser.waitUntil(async () => (await app.count('queue-item')) < left, { timeoutMsg: 'it stays in the queue' });
    }
    app.answer({ pick: [file] });
    await app.click('sign-pick');
    await app.browser.waitUntil(async () => (await app.count('queue-item')) === 1, { timeoutMsg: 'not in the queue' });
    await app.lookAtAll();
  };
  const unfold = async (id) => {
    const summary = await app.see(id);
    if (!(await summary.$('..').getProperty('open'))) await summary.click();
  };
  const choose = async (group, value) => {
    await app.see(group);
    const found = await app.browser.execute(
      (css, wanted) => {
        const input = document.querySelector(`${css} input[value="${wanted}"]`);
        input?.click();
        return input !== null;
      },
      `[data-testid="${group}"]`,
      value,
    );
    assert.ok(found, `${group} has no choice ${value}`);
  };

  test('a level that nobody can give here says why, and the button waits', async () => {
    await pickOnly(contract);
    await unfold('sign-options');
    await unfold('options-form');
    await choose('option-level', 'b-t');
    await app.see('remark');
    await app.see('sign-why-not');
    assert.equal(await app.browser.$('[data-testid="sign-button"]').isEnabled(), false);
    await app.shot('level');
    await app.accessible('Assinar, opções');
    await choose('option-level', 'b-b');
    await app.browser.$('[data-testid="sign-button"]').waitForEnabled();
  });

  test('a policy of ICP-Brasil is refused beforehand for a certificate that is none of its', async () => {
    await choose('option-policy-kind', 'icp');
    await choose('option-policy', 'ad-rb');
    await app.reads('remarks', /ICP-Brasil/);
    assert.equal(await app.browser.$('[data-testid="sign-button"]').isEnabled(), false);
    await app.shot('policy');
    await app.click('options-reset');
    await app.browser.$('[data-testid="sign-button"]').waitForEnabled();
  });

  test('a stamp is put on the page, warns of what it covers, moves, and is signed', async () => {
    await unfold('options-pdf');
    await app.click('stamp-switch');
    const rectangle = await app.see('stamp-rectangle');
    await app.see('stamp-picture');
    await app.shot('stamp');
    const before = await rectangle.getLocation();
    await rectangle.click();
    for (let step = 0; step < 3; step += 1) await app.keys('Shift', 'ArrowDown');
    await app.browser.waitUntil(async () => (await rectangle.getLocation()).y > before.y, { timeoutMsg: 'the stamp did not move' });
    await app.see('stamp-covers');
    await app.click('stamp-move');
    await app.browser.$('[data-testid="sign-button"]').waitForEnabled();
    await app.shot('stamp-moved');
    await app.accessible('Assinar, carimbo');
    await app.click('sign-button');
    await app.see('sign-result', 60_000);
    const signed = path.join(app.desk, 'Contrato-assinado.pdf');
    assert.ok(fs.existsSync(signed), desk().join(', '));
    assert.ok(fs.readFileSync(signed).includes('/ByteRange'));
    await app.shot('stamped');
  });

  test('a file goes inside its signature', async () => {
    await pickOnly(note);
    await unfold('sign-options');
    await unfold('options-form');
    await app.browser.$('[data-testid="option-format"]').selectByAttribute('value', 'cades-enveloping');
    await app.browser.$('[data-testid="sign-button"]').waitForEnabled();
    await app.click('sign-button');
    await app.see('sign-result', 60_000);
    const signed = path.join(app.desk, 'nota.txt.p7s');
    assert.ok(fs.readFileSync(signed).includes('Nota.\nNota.\n'), 'the content is not inside');
  });

  test('what was stamped is validated, and may be taken to a higher level', async () => {
    await app.click('nav-verify');
    app.answer({ pick: [path.join(app.desk, 'Contrato-assinado.pdf')] });
    await app.click('verify-pick');
    await app.see('verdict-headline', 30_000);
    assert.match(await app.text('verify-signature'), /íntegr/i);
    await app.shot('verified');
    await app.accessible('Validar, carimbado');
  });

  test('nothing serious is in the way of anybody', () => app.assertAccessible());
});
