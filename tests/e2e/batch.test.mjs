// Large batches in the real window: a folder, the review, what an error does, pause, going on, cancelling, and a queue of
// thousands of documents that scrolls and filters with few rows drawn.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { officeBesideLab, open, PATIENCE, ROOT, startAuthority, startLab } from './harness.mjs';

const SAMPLE = path.join(ROOT, 'src-tauri/crates/office/assets/samples/procuracao-publica.pdf');
const DOCUMENTS = 44;
const PILE = 5_000;
/** Rows that may be drawn at once, whatever the length of the list. */
const DRAWN = 60;

const lab = await startLab();

describe('a batch', { skip: lab ? false : 'the judges are not installed' }, () => {
  let home;
  let app;
  let authority;
  let folder;

  before(async () => {
    home = await officeBesideLab(lab);
    app = await open({ name: 'batch', home, size: [1280, 800] });
    folder = path.join(app.desk, 'Certidões');
    fs.mkdirSync(path.join(folder, 'sub'), { recursive: true });
    for (let number = 1; number <= DOCUMENTS; number += 1) fs.copyFileSync(SAMPLE, path.join(folder, number % 10 === 0 ? 'sub' : '.', name(number)));
    await app.click('nav-sign');
    // Each signature asks the authority for a stamp, so that the batch lasts until it is held up.
    authority = await startAuthority(lab);
    const answer = await app.invoke('tsa_save', { request: { id: null, name: 'ACT', url: authority.url, auth: 'none', user: null, secret: null, p12: null, policy: null, timeout_seconds: 60, position: null } });
    assert.equal(answer.refusal, undefined);
  });
  after(async () => {
    await app?.close();
    authority?.stop();
    await lab.stop();
    fs.rmSync(home, { recursive: true, force: true });
  });

  const name = (number) => `Certidão ${String(number).padStart(3, '0')}.pdf`;
  const results = () => fs.readdirSync(folder, { recursive: true }).filter((each) => /-assinado(-\d+)?\.pdf$/.test(each));
  const status = () => app.browser.execute(() => document.querySelector('[data-testid="batch-running"], [data-testid="sign-result"]')?.getAttribute('data-status') ?? null);
  const reaches = (wanted, what) => app.browser.waitUntil(async () => (await status()) === wanted, { timeoutMsg: what });
  const layFolder = async (where, count) => {
    if (await app.shows('sign-clear')) await app.click('sign-clear');
    app.answer({ folder: where });
    await app.click('sign-pick-folder');
    await app.browser.waitUntil(async () => (await app.shows('batch-list')) && new RegExp(`\\b${count.toLocaleString('pt-BR').replace('.', '\\.?')} documentos`).test(await app.text('batch-list')), {
      timeout: 2 * PATIENCE,
      timeoutMsg: `${count} documents did not arrive`,
    });
  };
  const skipLooking = async () => {
    await app.click('sign-skip-looking');
    await app.fill('sign-skip-reason', 'conferidos no papel');
  };

  test('a folder is laid on the desk, and reviewed document by document', async () => {
    await layFolder(folder, DOCUMENTS);
    await app.unfold('sign-options');
    await app.unfold('options-form');
    await app.choose('option-level', 'b-t');
    await app.click('batch-review');
    await app.see('batch-review-panel');
    await app.click('sign-next-unseen');
    await app.reads('batch-review-panel', new RegExp(`[12] de ${DOCUMENTS} documentos vistos`));
    await app.shot('review');
    await app.accessible('Conferir lote');
    await app.click('batch-review-back');
    await app.click('batch-review');
  });

  const onDocumentError = async (choice) => {
    await app.unfold('batch-on-error-open');
    await app.browser.execute((css) => document.querySelector(css).click(), `[data-testid="batch-on-error-document-${choice}"]`);
  };

  test('an error does what was chosen for its kind: the batch waits, and goes on with the same document', async () => {
    await onDocumentError('pause');
    await app.shot('error-choices');
    await app.accessible('Conferir lote, erros');
    await skipLooking();
    // A file that is gone before it was judged would not be among those that are signed.
    await app.judged('batch-sign');
    fs.renameSync(path.join(folder, name(5)), path.join(app.desk, 'longe.pdf'));
    await app.click('batch-sign');
    await app.see('batch-running');
    await app.shot('running');
    await reaches('paused', 'the error did not hold the batch up');
    await app.reads('job-wait', /Certidão 005\.pdf/);
    await app.shot('waits');
    await app.accessible('Lote à espera');
    const held = results().length;
    assert.ok(held < DOCUMENTS - 1, `${held} signed, although the batch waits`);
    fs.renameSync(path.join(app.desk, 'longe.pdf'), path.join(folder, name(5)));
    // It is still under way when the next test holds it up.
    authority.answers(4);
    await app.click('job-resume');
    await app.browser.waitUntil(() => results().length > held + 1, { timeoutMsg: 'it does not go on' });
  });

  test('it is held up by hand, goes on, and signs every document once', async () => {
    await app.click('batch-pause');
    authority.goOn();
    await app.see('batch-go-on');
    await app.shot('paused');
    await app.accessible('Lote em pausa');
    await app.click('batch-go-on');
    await app.see('sign-result', 3 * PATIENCE);
    assert.equal(await status(), 'succeeded');
    assert.equal(new Set(results()).size, DOCUMENTS);
    await app.shot('all-signed');
  });

  test('a batch that goes on after errors ends with what failed and why', async () => {
    await layFolder(folder, DOCUMENTS);
    await app.click('batch-review');
    await onDocumentError('go_on');
    await skipLooking();
    // A file that is gone before it was judged would not be among those that are signed.
    await app.judged('batch-sign');
    fs.renameSync(path.join(folder, name(7)), path.join(app.desk, 'longe.pdf'));
    await app.click('batch-sign');
    await app.see('sign-result', 3 * PATIENCE);
    assert.match(await app.text('batch-summary'), new RegExp(`${DOCUMENTS - 1} assinados[^]*1 `));
    assert.equal(results().length, 2 * DOCUMENTS - 1);
    await app.see('batch-reason');
    await app.select('batch-filter', 'failed');
    await app.browser.waitUntil(async () => (await app.count('batch-row')) === 1, { timeoutMsg: 'the filter does not narrow the list' });
    assert.match(await app.text('batch-row'), /Certidão 007/);
    await app.shot('ended');
    await app.accessible('Lote com erro');
    // It stays at hand, document by document, what failed first.
    await app.click('past-batches-open');
    await app.counts('past-batch', 2, 'each batch is listed once');
    await app.reads('past-batch', new RegExp(`${DOCUMENTS - 1} de ${DOCUMENTS} assinados`));
    await app.browser.execute(() => document.querySelector('[data-testid="past-batch"] summary').click());
    await app.reads('past-document', /Certidão 007[^]*Não assinado/);
    await app.shot('past');
    await app.accessible('Lotes anteriores');
    await app.keys('Escape');
    await app.gone('past-batches');
  });

  test('what failed is signed alone, once its cause is gone', async () => {
    fs.renameSync(path.join(app.desk, 'longe.pdf'), path.join(folder, name(7)));
    await app.click('batch-again');
    await app.see('sign-button');
    await app.click('sign-button');
    await app.see('sign-result');
    assert.equal(results().length, 2 * DOCUMENTS);
  });

  test('a document that holds the batch up is left out with a reason, and the others are signed', async () => {
    const before = results().length;
    await layFolder(folder, DOCUMENTS);
    await app.click('batch-review');
    await onDocumentError('pause');
    await skipLooking();
    // A file that is gone before it was judged would not be among those that are signed.
    await app.judged('batch-sign');
    fs.renameSync(path.join(folder, name(3)), path.join(app.desk, 'longe.pdf'));
    await app.click('batch-sign');
    await reaches('paused', 'the error did not hold the batch up');
    await app.reads('job-wait', /Certidão 003\.pdf/);
    await app.shot('held');
    await app.click('batch-skip-one');
    await app.see('batch-skip-dialog');
    await app.click('batch-skip-confirm');
    await app.browser.$('[data-testid="batch-skip-dialog"] [aria-invalid="true"]').waitForExist({ timeoutMsg: 'a reason is not asked for' });
    await app.fill('batch-skip-reason', 'será refeita');
    await app.shot('skip');
    await app.accessible('Pular documento');
    await app.click('batch-skip-confirm');
    await app.gone('batch-skip-dialog');
    await app.see('sign-result', 3 * PATIENCE);
    assert.equal(await status(), 'partly');
    assert.match(await app.text('batch-summary'), new RegExp(`${DOCUMENTS - 1} assinados[^]*1 `));
    assert.equal(results().length, before + DOCUMENTS - 1);
    fs.renameSync(path.join(app.desk, 'longe.pdf'), path.join(folder, name(3)));
    const { answer } = await app.invoke('audit_list', { request: { act: 'document_skipped', text: null, before: null, limit: 10 } });
    assert.ok(answer?.records.some(({ phase, detail }) => phase === 'intent' && detail.reason === 'será refeita' && detail.name === name(3)), JSON.stringify(answer));
  });

  test('a cancelled batch leaves whole files, and says how many are left', async () => {
    const before = results().length;
    await layFolder(folder, DOCUMENTS);
    await skipLooking();
    authority.answers(6);
    await app.click('sign-button');
    await app.browser.waitUntil(() => results().length > before + 2, { interval: 50, timeoutMsg: 'nothing is signed' });
    await app.click('sign-cancel');
    authority.goOn();
    await app.see('sign-result');
    await reaches('cancelled', 'it was not cancelled');
    assert.match(await app.text('batch-summary'), /\d/);
    for (const each of results()) assert.ok(fs.readFileSync(path.join(folder, each)).subarray(-6).includes('%%EOF'), `${each} is half a file`);
    assert.deepEqual(fs.readdirSync(folder, { recursive: true }).filter((each) => /\.tmp$/.test(each)), []);
    await app.shot('cancelled');
    await app.accessible('Lote cancelado');
  });

  test('thousands of documents scroll and filter, and few rows are drawn', async (context) => {
    const pile = path.join(app.desk, 'Acervo');
    fs.mkdirSync(pile);
    for (let number = 1; number <= PILE; number += 1) fs.writeFileSync(path.join(pile, `Ato ${String(number).padStart(5, '0')}.txt`), `Ato ${number}.\n`);
    await layFolder(pile, PILE);
    const drawn = () => app.count('batch-row');
    assert.ok((await drawn()) > 5 && (await drawn()) <= DRAWN, `${await drawn()} rows`);
    // From an event until the frame after it was painted, in the page itself.
    const took = await app.browser.executeAsync((done) => {
      const scroller = document.querySelector('[data-testid="batch-row"]').closest('[role="listbox"]');
      const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      void (async () => {
        const times = [];
        const rows = [];
        for (let step = 0; step <= 40; step += 1) {
          const begun = performance.now();
          scroller.scrollTop = (scroller.scrollHeight - scroller.clientHeight) * (step % 2 === 0 ? step / 40 : 1 - step / 40);
          await frame();
          times.push(performance.now() - begun);
          rows.push(document.querySelectorAll('[data-testid="batch-row"]').length);
        }
        times.sort((a, b) => a - b);
        done({ median: times[20], longest: times[40], rows: Math.max(...rows), few: Math.min(...rows) });
      })();
    });
    context.diagnostic(`scrolling ${PILE} documents: ${took.median.toFixed(0)} ms from event to paint in the median, ${took.longest.toFixed(0)} ms at most, ${took.rows} rows`);
    assert.ok(took.rows <= DRAWN && took.few > 5, `${took.few} to ${took.rows} rows are drawn`);
    const begun = Date.now();
    await app.select('batch-filter', 'unseen');
    // The one on the screen may have been looked at meanwhile.
    await app.browser.waitUntil(async () => /(5\.?000|4\.?99\d) mostrados/.test(await app.text('batch-list')), { timeoutMsg: 'the filter says nothing' });
    context.diagnostic(`filtering by mouse: ${Date.now() - begun} ms, the driver's own time included`);
    assert.ok((await drawn()) <= DRAWN);
    // The drop-down list gives the focus back to its button when it likes; a person would press the key once more, too.
    const last = async () => {
      await app.browser.execute(() => document.querySelector('[data-testid="batch-row"]').closest('[role="listbox"]').focus());
      await app.keys('End');
      return app.browser.execute(() => [...document.querySelectorAll('[data-testid="batch-row"]')].some((row) => row.innerText.includes('Ato 05000')));
    };
    await app.browser.waitUntil(last, { timeoutMsg: 'the End key does not lead to the last one' });
    assert.ok((await drawn()) <= DRAWN);
    await app.shot('pile');
    await app.accessible('Acervo');
  });

  test('nothing serious is in the way of anybody', () => app.assertAccessible());
});
