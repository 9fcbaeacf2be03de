// What is known to be revoked or on hold, in the real window: the identities that may not sign now, where one is chosen and where
// the day begins, and the earlier signers whom nothing proves when a document is taken to a level for the years to come.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cli, officeBesideLab, open, PATIENCE, ROOT, startLab } from './harness.mjs';

const SAMPLE = path.join(ROOT, 'src-tauri/crates/office/assets/samples/procuracao-publica.pdf');
const PASSWORD = 'laboratorio';
const REVOKED = 'Elza (A1)';
const HELD = 'Otávio (A1)';

const lab = await startLab();

describe('what is revoked or on hold', { skip: lab ? false : 'the judges are not installed' }, () => {
  let home;
  let app;
  let signed; // by all three, before anybody here knew

  before(async () => {
    home = await officeBesideLab(lab);
    const run = (...args) => JSON.parse(cli(home, '--json', ...args));
    const secret = path.join(home, 'senha.txt');
    fs.writeFileSync(secret, `${PASSWORD}\n`);
    for (const [person, label] of [['revoked', REVOKED], ['held', HELD], ['rsa2048', 'Ana (A1)']]) {
      run('a1', 'add', lab.file(`${person}.p12`), '--label', label, '--password-file', secret, '--keep-password');
    }
    app = await open({ name: 'revoked', home, size: [1280, 800] });
    signed = path.join(app.desk, 'Procuração.pdf');
    fs.copyFileSync(SAMPLE, signed);
    for (const label of [REVOKED, HELD]) {
      const next = path.join(app.desk, `por ${label}.pdf`);
      run('sign', signed, '--identity', label, '--out', next);
      fs.renameSync(next, signed);
    }
  });
  after(async () => {
    await app?.close();
    await lab.stop();
    fs.rmSync(home, { recursive: true, force: true });
  });

  const health = async (label) => {
    const line = app.browser.$(`//*[@data-testid="home-health"]//li[contains(., "${label}")]`);
    await line.waitForExist({ timeoutMsg: `${label} is not among what is told of the office` });
    return line.getText();
  };
  const option = (label) => app.browser.$(`//*[contains(@class, "select-item")][contains(., "${label}")]`);

  test('nobody is called revoked of whom nothing is known', async () => {
    await app.click('nav-home');
    for (const label of [REVOKED, HELD]) assert.doesNotMatch(await health(label), /revogad|suspens/i);
  });

  test('the day begins with who can no longer sign', async () => {
    cli(home, '--json', 'trust', 'keep', lab.file('issuing.pem'), await lab.list('issuing'));
    await app.click('nav-sign');
    await app.click('nav-home');
    assert.match(await health(REVOKED), /Revogad/);
    assert.match(await health(HELD), /Suspens/);
    assert.doesNotMatch(await health('Ana (A1)'), /revogad|suspens/i);
    await app.shot('health');
    await app.accessible('Início, revogado');
  });

  test('where an identity is chosen it is said of each, and the card says why nothing is signed', async () => {
    await app.click('nav-sign');
    await app.lay(signed);
    await app.click('identity-select');
    await option(REVOKED).waitForDisplayed();
    assert.match(await option(REVOKED).getText(), /revogad/i);
    assert.match(await option(HELD).getText(), /suspens/i);
    await app.shot('picker');
    await app.accessible('Escolher a identidade');
    await option(REVOKED).click();
    await app.reads('identity-card', /revogad/i);
    await app.enabled('sign-button', false);
    await app.shot('revoked');
    await app.accessible('Assinar, revogado');
    await app.click('identity-select');
    await option(HELD).click();
    await app.reads('identity-card', /suspens/i);
    await app.enabled('sign-button', false);
    await app.shot('held');
  });

  test('earlier signers whom nothing proves are named, in the result and in the receipt', async () => {
    const answer = await app.invoke('tsa_save', { request: { id: null, name: 'ACT', url: lab.urls.tsa, auth: 'none', user: null, secret: null, p12: null, policy: null, timeout_seconds: 20, position: null } });
    assert.equal(answer.refusal, undefined);
    await app.click('identity-select');
    await option('Ana (A1)').click();
    await app.unfold('sign-options');
    await app.unfold('options-form');
    await app.choose('option-level', 'b-lt');
    await app.enabled('sign-button');
    await app.shot('before');
    await app.click('sign-button');
    await app.see('sign-result', 2 * PATIENCE);
    await app.reads('unproven-signers', /Elza Revogada[^]*revogado[^]*Otávio Suspenso[^]*suspenso/);
    await app.shot('unproven');
    await app.accessible('Assinado, sem prova de quem assinou antes');
    await app.click('result-receipt');
    await app.reads('receipt-dialog', /Nível\s+B-LT\s[^]*Elza Revogada: o certificado foi revogado\s+Otávio Suspenso/);
    await app.shot('receipt');
    await app.keys('Escape');
    await app.gone('receipt-dialog');
  });

  test('who listens hears the verdict, by a region that was there before it', async () => {
    // The very same element before and after, else it is not read.
    await app.browser.execute((css) => (globalThis.__region = document.querySelector(css)), '[data-testid="speech-region"]');
    const heard = () => app.browser.execute(() => (globalThis.__region?.isConnected ? globalThis.__region.textContent : ''));
    await app.click('result-verify');
    const headline = await app.text('verdict-reason');
    await app.browser.waitUntil(async () => (await heard()).includes(headline), { timeoutMsg: `«${headline}» is not read out` });
    await app.click('nav-home');
    await app.browser.waitUntil(async () => !(await heard()).includes(headline), { timeoutMsg: 'what is gone is still there to be heard' });
  });

  test('nothing serious is in the way of anybody', () => app.assertAccessible());
});
