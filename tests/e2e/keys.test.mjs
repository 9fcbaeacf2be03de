// A key's life in the real window: changed by two people, step by step, with signed evidence; and a token behind its PIN.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { open, PATIENCE, ROOT } from './harness.mjs';

const SOFTHSM = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so'].find((file) => fs.existsSync(file));
const PIN = 'balcao-4711';

describe('a key is changed by two people', () => {
  let app;

  before(async () => {
    app = await open({ name: 'keys', size: [1280, 800] });
    await app.click('welcome-demo');
    await app.see('sign-button');
  });
  after(async () => app?.close());

  /** The other person of the demonstration takes the seat. */
  async function switchPerson() {
    await app.click('operator-menu');
    await app.click('operator-switch');
    await app.see('switch-dialog');
    if (await app.shows('switch-person')) await app.click('switch-person');
    await app.click('switch-submit');
    await app.gone('switch-dialog');
  }

  test('the desk shows the keys, and what is known of one', async () => {
    await app.click('nav-keys');
    await app.see('key-row');
    await app.counts('key-row', (count) => count >= 3, 'the signing key and those of the CA');
    await app.fill('key-search', 'assinatura-demonstracao');
    await app.browser.waitUntil(async () => (await app.count('key-row')) === 1, { timeoutMsg: 'the search does not narrow the list' });
    // WebKit's driver does not click table rows, only what is in them.
    await app.browser.$('[data-testid="key-row"] .name').click();
    await app.see('key-panel');
    await app.reads('key-state', /ativa/i);
    await app.shot('panel');
    for (const tab of ['key-tab-public', 'key-tab-use', 'key-tab-timeline', 'key-tab-summary']) {
      await app.click(tab);
      await app.accessible(`Chaves ${tab}`);
    }
  });

  test('the change is asked for with a reason', async () => {
    await app.click('key-more');
    await app.click('key-action-rotate');
    await app.see('key-rotation-dialog');
    await app.fill('key-rotation-days', '0');
    await app.fill('key-rotation-reason', 'Troca anual da chave de assinatura');
    await app.shot('rotation-asked');
    await app.accessible('Pedir troca');
    await app.click('key-rotation-submit');
    await app.gone('key-rotation-dialog');
  });

  test('who asked does not decide; the other person approves', async () => {
    await app.click('nav-requests');
    await app.click('request-row');
    await app.see('request-panel');
    assert.equal(await app.count('request-approve'), 0, 'no approve button for who asked');
    await app.shot('request-own');
    await switchPerson();
    await app.click('nav-requests');
    await app.click('request-row');
    await app.fill('request-reason', 'Conferido com a tabeliã');
    await app.shot('request-decide');
    await app.accessible('Solicitações');
    await app.click('request-approve');
    await app.reads('request-state', /aprovad/i);
    assert.equal(await app.count('request-start'), 0, 'a supervisor does not carry it out');
    await switchPerson();
  });

  test('seven steps are taken, and the evidence is signed', async () => {
    await app.click('nav-requests');
    await app.click('request-row');
    await app.click('request-start');
    await app.see('rotation-panel');
    await app.counts('rotation-step', 7, 'the steps of a rotation');
    if (await app.shows('rotation-continue')) await app.click('rotation-continue');
    await app.reads('rotation-state', /conclu/i, 2 * PATIENCE);
    await app.shot('rotation-done');
    await app.accessible('Troca de chave');

    const pdf = path.join(app.desk, 'troca.pdf');
    const json = path.join(app.desk, 'troca.json');
    app.answer({ save: pdf });
    await app.click('rotation-report-pdf');
    await app.browser.waitUntil(() => fs.existsSync(pdf), { timeoutMsg: 'no report on paper' });
    app.answer({ save: json });
    await app.click('rotation-report-json');
    await app.browser.waitUntil(() => fs.existsSync(json), { timeoutMsg: 'no report as JSON' });
    assert.match(execFileSync('pdfsig', ['-nocert', pdf], { encoding: 'utf8' }), /Signature is Valid/);
    const text = execFileSync('pdftotext', ['-layout', pdf, '-'], { encoding: 'utf8' });
    for (const wanted of [/Helena Prado/, /Rui Camargo/, /Troca anual da chave/, /DEMONSTRAÇÃO/]) assert.match(text, wanted);
    assert.ok(JSON.parse(fs.readFileSync(json, 'utf8')).signature, 'the JSON is signed');
  });

  test('the new identity is the one to sign with', async () => {
    const contract = path.join(app.desk, 'Contrato social.pdf');
    fs.copyFileSync(path.join(ROOT, 'src-tauri/crates/office/assets/samples/escritura-uniao-estavel.pdf'), contract);
    await app.click('nav-sign');
    app.answer({ pick: [contract] });
    await app.click('sign-pick');
    await app.see('identity-card');
    await app.shot('signs-again');
    app.assertAccessible();
  });
});

describe('a token signs behind its PIN', { skip: SOFTHSM ? false : 'SoftHSM2 is not installed' }, () => {
  let app;
  let folder;

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cartorio-softhsm-'));
    fs.mkdirSync(path.join(folder, 'tokens'));
    const conf = path.join(folder, 'softhsm2.conf');
    fs.writeFileSync(conf, `directories.tokendir = ${folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n`);
    const env = { ...process.env, SOFTHSM2_CONF: conf };
    execFileSync('softhsm2-util', ['--init-token', '--free', '--label', 'Tabelia', '--pin', PIN, '--so-pin', '12345678'], { env });
    app = await open({ name: 'token', size: [1280, 800], env: { SOFTHSM2_CONF: conf } });
    await app.click('welcome-demo');
    await app.see('sign-button');
  });
  after(async () => {
    await app?.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test('a module is picked by its file, and its token is seen', async () => {
    await app.click('nav-keys');
    await app.click('keys-tab-tokens');
    await app.see('tokens-tab');
    app.answer({ pick: [SOFTHSM] });
    await app.click('token-module-pick');
    await app.see('token-row');
    await app.click('token-row');
    await app.see('token-login');
    await app.shot('panel');
    await app.accessible('Tokens');
  });

  test('a wrong PIN is said once and tried once; the right one opens the token', async () => {
    await app.fill('token-pin', '000000');
    await app.click('token-login-submit');
    await app.reads('token-tries', /já houve PIN errado/i);
    await app.shot('wrong');
    await app.fill('token-pin', PIN);
    await app.click('token-login-submit');
    await app.see('token-logout');
    await app.assertKeepsSecret({ PIN });
    await app.shot('open');
    app.assertAccessible();
  });
});
