// The page is loaded again, or the process that draws it dies, or the window is closed, while a batch is under way: nothing ends
// unseen, and nothing that lay on the desk is lost.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { judge, officeBesideLab, open, PATIENCE, ROOT, startAuthority, startLab } from './harness.mjs';

const SAMPLE = path.join(ROOT, 'src-tauri/crates/office/assets/samples/escritura-uniao-estavel.pdf');
/** Eight of them are under way at once. */
const DOCUMENTS = 14;
/** So many have their result; the others wait for their stamps. */
const SIGNED = 2;
/** How the batch stands then. */
const STANDS = /\b2\b[^]*\b12\b/;

/** Tells which commands the page asks for. */
const LOG = { CARTORIO_LOG: 'warn,cartorio_desktop=debug' };

const lab = await startLab();

describe('a page that goes away while a batch is under way', { skip: lab ? false : 'the judges are not installed' }, () => {
  let home;
  let authority;
  let app;
  let desk;

  before(async () => {
    desk = fs.mkdtempSync(path.join(os.tmpdir(), 'cartorio-desk-'));
    home = await officeBesideLab(lab);
    authority = await startAuthority(lab);
    app = await open({ name: 'reload', home, size: [1280, 800], desk, env: LOG });
    await app.click('nav-sign');
    const answer = await app.invoke('tsa_save', { request: { id: null, name: 'ACT', url: authority.url, auth: 'none', user: null, secret: null, p12: null, policy: null, timeout_seconds: 60, position: null } });
    assert.equal(answer.refusal, undefined);
  });

  after(async () => {
    await app?.close();
    authority?.stop();
    await lab.stop();
    for (const folder of [home, desk]) fs.rmSync(folder, { recursive: true, force: true });
  });

  function documents(name, count = DOCUMENTS) {
    return Array.from({ length: count }, (_, number) => {
      const file = path.join(desk, `${name} ${number + 1}.pdf`);
      fs.copyFileSync(SAMPLE, file);
      return file;
    });
  }

  const signed = (name) => fs.readdirSync(desk).filter((own) => own.startsWith(name) && own.includes('-assinado'));

  /** A batch whose first documents are signed, and whose others wait for their stamps. */
  async function begin(name) {
    await app.lay(...documents(name));
    await app.lookAtAll();
    await app.unfold('sign-options');
    await app.unfold('options-form');
    await app.choose('option-level', 'b-t');
    await app.judged('sign-button');
    authority.answers(SIGNED);
    await app.click('sign-button');
    await app.browser.waitUntil(() => signed(name).length === SIGNED && authority.waiting() === 8, { timeout: PATIENCE, timeoutMsg: 'it does not come to the stamps' });
  }

  async function end(name) {
    authority.goOn();
    await app.see('sign-result', 2 * PATIENCE);
    assert.equal(signed(name).length, DOCUMENTS);
    await app.click('sign-clear');
  }

  test('what lay on the desk is there again, as it was looked at', async () => {
    await app.lay(...documents('mesa', 3));
    await app.browser.waitUntil(async () => (await app.browser.$$('[data-testid="queue-item"][data-seen="true"]').length) > 0, { timeoutMsg: 'nothing counts as looked at' });
    await app.unfold('sign-options');
    await app.unfold('options-says');
    await app.fill('sign-reason', 'Autenticação de cópia');
    const seen = await app.browser.$$('[data-testid="queue-item"][data-seen="true"]').length;
    await app.reload();
    await app.counts('queue-item', 3, 'the desk as it was');
    assert.equal(await app.browser.$$('[data-testid="queue-item"][data-seen="true"]').length, seen);
    await app.unfold('sign-options');
    await app.unfold('options-says');
    assert.equal(await (await app.see('sign-reason')).getValue(), 'Autenticação de cópia');
    // It can be signed as if nothing had happened.
    await app.lookAtAll();
    await app.judged('sign-button');
    await app.click('sign-button');
    await app.see('sign-result');
    assert.equal(signed('mesa').length, 3);
    await app.click('sign-clear');
  });

  test('loaded again: the batch is on the screen, goes on, and can be held up', async () => {
    await begin('lote');
    await app.reload();
    await app.reads('batch-counts', STANDS);
    await app.counts('queue-item', DOCUMENTS, 'the documents of the batch');
    await app.shot('running');
    await app.click('batch-pause');
    authority.goOn();
    await app.see('batch-go-on');
    await app.reload();
    // Nobody would come and say that it waits.
    await app.click('batch-go-on');
    await end('lote');
  });

  /** The next start, which has the rest of the batch; it is gone on with. */
  async function goesOn(name) {
    await app.ends();
    await app.close();
    const done = signed(name).length;
    assert.ok(done >= SIGNED && done < DOCUMENTS, `${done} are signed`);
    app = await open({ name: `after-${name}`, home, size: [1280, 800], desk, env: LOG });
    await app.click('nav-sign');
    await app.reads('batch-interrupted', new RegExp(`${done} de ${DOCUMENTS}`));
    await app.shot('interrupted');
    const cut = await app.count('interrupted-notice');
    await app.click('batch-resume');
    await end(name);
    return { done, cut };
  }

  test('a window that is closed asks first, finishes what was begun, and the next start offers the rest', async () => {
    await begin('janela');
    app.answer({ confirm: false });
    assert.match(judge('close_window.py').name, /Cartório Digital/);
    await app.until(() => /Faltam 12 de 14 documentos/.test(app.log()), 'nobody was asked');
    await app.reads('batch-counts', STANDS);
    app.answer({ confirm: true });
    judge('close_window.py');
    await app.until(() => app.log().split('Faltam 12').length > 2, 'nobody was asked again');
    // What has its value waits for its stamp; it is finished before the program ends.
    authority.goOn();
    // The eight that had been begun.
    assert.deepEqual(await goesOn('janela'), { done: SIGNED + 8, cut: 0 });
  });

  test('a session of the system that ends does the same, and asks nobody', async () => {
    await begin('sessao');
    app.endSession();
    authority.goOn();
    // Of those that had been begun as many as it was given time for.
    await goesOn('sessao');
  });

  test('drawn by a process that dies: the page comes back by itself with the batch, a few times without a question', async () => {
    await app.close();
    app = await open({ name: 'crash', home, size: [1280, 800], desk, env: LOG });
    await app.click('nav-sign');
    await begin('queda');
    // WebDriver's session ends with the page that it began with; what the new one asks for can be seen.
    const asked = (command) => app.log().split(`command="${command}"`).length;
    let before = asked('jobs_list');
    await app.killPage();
    const comesBack = async () => {
      await app.until(() => asked('jobs_list') > before, 'the page does not come back');
      before = asked('jobs_list');
    };
    await comesBack();
    authority.goOn();
    await app.until(() => signed('queda').length === DOCUMENTS, 'the batch does not go on');
    for (let turn = 2; turn <= 3; turn += 1) {
      app.killDrawing();
      await comesBack();
    }
    app.answer({ confirm: true });
    app.killDrawing();
    await comesBack();
    assert.match(app.log(), /A janela não pôde ser mostrada/);
    // Without an answer the program ends.
    app.killDrawing();
    await app.ends();
  });
});
