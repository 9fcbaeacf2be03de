// The main job, as a clerk does it on a fresh machine: demonstration, pick, look, sign, validate, see the chain, export a P12.
// Portuguese first; at the end every screen again in English and in the dark.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cli, judge, open, ROOT } from './harness.mjs';

const SAMPLE = path.join(ROOT, 'src-tauri/crates/office/assets/samples/escritura-uniao-estavel.pdf');
const CPF = '529.982.247-25';

describe('a first day at the desk', () => {
  let app;
  let contract; // the clerk's own PDF
  let deed; // any other file
  let root; // PEM of the demonstration's root
  let password; // of the exported P12

  before(async () => {
    app = await open({ name: 'journey', size: [1280, 800] });
    contract = path.join(app.desk, 'Contrato social.pdf');
    fs.copyFileSync(SAMPLE, contract);
    deed = path.join(app.desk, 'minuta.txt');
    fs.writeFileSync(deed, 'Minuta da escritura.\n'.repeat(20));
  });
  after(async () => app?.close());

  const desk = () => fs.readdirSync(app.desk).filter((name) => !name.startsWith('.'));
  const onDesk = (pattern) => {
    const found = desk().filter((name) => pattern.test(name));
    assert.equal(found.length, 1, `${pattern} among ${desk().join(', ')}`);
    return path.join(app.desk, found[0]);
  };

  test('one click builds the demonstration and ends at the desk with two samples', async () => {
    await app.click('welcome-demo');
    await app.see('sign-button');
    await app.counts('queue-item', 2, 'the two samples');
    assert.match(await app.text('demo-banner'), /DEMONSTRAÇÃO, sem valor jurídico/i);
    await app.reads('environment-chip', /demonstração/i);
    await app.see('identity-card');
    await app.reads('sign-sentence', /PAdES B-B/);
    await app.shot('sign');
    await app.accessible('Assinar');
  });

  test('a PDF chosen in the native dialog joins the queue; a cancelled dialog changes nothing', async () => {
    app.answer({ cancel: true });
    await app.click('sign-pick');
    app.answer({ pick: [contract] });
    await app.click('sign-pick');
    await app.browser.waitUntil(async () => (await app.count('queue-item')) === 3, { timeoutMsg: 'not in the queue' });
    assert.equal(await app.count('error-panel'), 0, 'a cancelled dialog is not an error');
    const page = await app.browser.execute(() => document.documentElement.innerHTML);
    assert.ok(!page.includes(contract), 'the page knows a path that it could ask to open');
  });

  test('the document is shown, page by page, and can be enlarged', async () => {
    await app.browser.$('[data-testid="queue-item"][data-document="Contrato social.pdf"] button').click();
    await app.browser.waitUntil(() => painted(app, 1), { timeoutMsg: 'page 1 was not painted' });
    assert.equal(await app.browser.$('[data-testid="viewer-page"]').getValue(), '1');
    await app.shot('desk');
    await app.click('viewer-next');
    await app.browser.waitUntil(() => painted(app, 2), { timeoutMsg: 'page 2 was not painted' });
    const before = await app.text('viewer-zoom');
    await app.click('viewer-zoom-in');
    await app.browser.waitUntil(async () => (await app.text('viewer-zoom')) !== before, { timeoutMsg: 'no zoom' });
    await app.shot('preview');
  });

  test('a batch is signed after each document was looked at', async () => {
    await app.lookAtAll();
    await app.browser.$('[data-testid="sign-button"]').waitForEnabled();
    assert.match(await app.text('sign-button'), /Assinar 3 documentos/);
    await app.keys('Control', 'Enter');
    await app.see('sign-result');
    assert.match(await app.text('sign-result'), /3 documentos assinados/);
    const states = await app.browser.$$('[data-testid="job-item-state"]').map((element) => element.getText());
    assert.deepEqual(states, ['Assinado', 'Assinado', 'Assinado']);
    await app.shot('signed');
    await app.accessible('Assinar, resultado');

    const signed = onDesk(/^Contrato social-assinado\.pdf$/);
    const original = fs.readFileSync(contract);
    assert.ok(original.equals(fs.readFileSync(SAMPLE)), 'the original was touched');
    assert.ok(fs.readFileSync(signed).subarray(0, original.length).equals(original), 'not an incremental update');
  });

  test('the same file signed again gets another name', async () => {
    const first = onDesk(/^Contrato social-assinado\.pdf$/);
    const bytes = fs.readFileSync(first);
    await app.click('sign-clear');
    app.answer({ pick: [contract, deed] });
    await app.click('sign-pick');
    await app.browser.waitUntil(async () => (await app.count('queue-item')) === 2, { timeoutMsg: 'not in the queue' });
    await app.lookAtAll();
    await app.click('sign-button');
    await app.see('sign-result');
    assert.ok(fs.readFileSync(first).equals(bytes), 'a result was overwritten');
    assert.equal(desk().filter((name) => /^Contrato social.+\.pdf$/.test(name)).length, 2);
    assert.equal(desk().filter((name) => name.endsWith('.p7s')).length, 1);
  });

  test('what was signed can be validated at once', async () => {
    const item = app.browser.$('[data-testid="queue-item"][data-document="Contrato social.pdf"]');
    await item.$('[data-testid="result-verify"]').click();
    await app.see('verdict-headline');
    await app.browser.waitUntil(async () => !(await app.shows('verify-busy')), { timeoutMsg: 'still busy' });
    const axes = await app.text('verify-signature');
    assert.match(axes, /íntegr/i);
    assert.match(await app.text('verify-signer'), /\S/);
    assert.equal(await app.browser.$('[data-testid="verify-coverage"]').getAttribute('data-coverage'), 'entire_file');
    await app.shot('verify');
    await app.accessible('Validar');
  });

  test('a changed document is called changed', async () => {
    const signed = onDesk(/^Contrato social-assinado\.pdf$/);
    const bytes = fs.readFileSync(signed);
    const at = bytes.indexOf('Escritura', 0, 'latin1') > 0 ? bytes.indexOf('Escritura', 0, 'latin1') : 400;
    bytes[at] ^= 1;
    const forged = path.join(app.desk, 'alterado.pdf');
    fs.writeFileSync(forged, bytes);
    app.answer({ pick: [forged] });
    await app.click('verify-pick');
    await app.reads('verdict-headline', /alterado/i);
    await app.shot('verify-changed');
    await app.accessible('Validar, alterado');
  });

  test('a detached signature beside its document holds; without it, the document is asked for', async () => {
    app.answer({ pick: [onDesk(/\.p7s$/)] });
    await app.click('verify-pick');
    await app.browser.waitUntil(async () => (await app.count('verify-signature')) === 1, { timeoutMsg: 'no signature shown' });
    assert.match(await app.text('verify-signature'), /íntegr/i);
    const elsewhere = path.join(app.desk, 'outra pasta');
    fs.mkdirSync(elsewhere);
    const alone = path.join(elsewhere, 'sozinha.p7s');
    fs.copyFileSync(onDesk(/\.p7s$/), alone);
    app.answer({ pick: [alone] }, { pick: [deed] });
    await app.click('verify-pick');
    await app.click('verify-content-pick');
    await app.browser.waitUntil(async () => (await app.count('verify-signature')) === 1, { timeoutMsg: 'no signature shown' });
    assert.match(await app.text('verify-signature'), /íntegr/i);
    await app.accessible('Validar, .p7s');
  });

  test('the chain is a tree with details, and a certificate can be saved', async () => {
    await app.click('nav-certificates');
    await app.click('certificates-tab-office');
    await app.see('chain-view');
    await app.counts('chain-node', (count) => count >= 3, 'root, intermediate and identity');
    assert.match(await app.text('not-exportable'), /P12|exporta/i);
    await app.shot('chain');
    await app.accessible('Certificados');
    for (const tab of ['tab-chain', 'tab-extensions', 'tab-pem']) {
      await app.click(tab);
      await app.accessible(`Certificados, ${tab}`);
    }
    assert.match(await app.text('pem'), /-----BEGIN CERTIFICATE-----/);
    await app.click('tab-summary');
    root = await app.saveRoot();
    assert.match(await app.text('serial-hex'), /[0-9a-f]/i);
    assert.match(await app.text('serial-dec'), /\d/);
    const subject = execFileSync('openssl', ['x509', '-in', root, '-noout', '-subject', '-issuer'], { encoding: 'utf8' });
    assert.match(subject, /DEMONSTRA/i, 'a demonstration certificate says so in its subject');
    const [own, issuer] = subject.trim().split('\n').map((line) => line.replace(/^\w+=/, ''));
    assert.equal(own, issuer, 'the first node is the root');
  });

  test('foreign judges accept what was signed', () => {
    for (const name of desk().filter((one) => /^Contrato social.+\.pdf$/.test(one))) {
      const file = path.join(app.desk, name);
      const report = judge('pyhanko_judge.py', file, '--root', root, '--expect-entire-file', '--expect-trusted');
      assert.deepEqual(report.problems, []);
      assert.equal(report.signatures[0].subfilter, '/ETSI.CAdES.detached');
      const pdfsig = execFileSync('pdfsig', ['-nocert', file], { encoding: 'utf8' });
      assert.match(pdfsig, /Signature is Valid/);
      assert.match(pdfsig, /Total document signed/);
      execFileSync('mutool', ['info', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    }
    const verify = ['cms', '-verify', '-binary', '-inform', 'DER', '-in', onDesk(/\.p7s$/), '-content', deed];
    execFileSync('openssl', [...verify, '-CAfile', root, '-purpose', 'any', '-cades', '-out', '/dev/null'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  });

  test('a subscriber certificate is issued and leaves as a P12 that OpenSSL opens', async () => {
    await app.click('issue-certificate');
    await app.see('issue-dialog');
    await app.accessible('emitir certificado');
    await app.click('issue-submit');
    assert.ok((await app.text('issue-dialog')).length > 0, 'an empty form stays open');
    await app.fill('issue-name', 'Maria das Dores Exemplo');
    await app.fill('issue-cpf', CPF);
    await app.fill('issue-email', 'maria@exemplo.com.br');
    await app.click('issue-submit');
    await app.see('issued-dialog');
    await app.click('issued-export');
    await app.see('export-dialog');
    await app.click('password-generate');
    password = await app.browser.$('[data-testid="p12-password"]').getValue();
    assert.ok(password.length >= 16, 'a generated password is long');
    await app.see('password-strength');
    await app.shot('p12');
    await app.accessible('exportar P12');
    const file = path.join(app.desk, 'maria.p12');
    app.answer({ save: file });
    await app.click('export-submit');
    await app.see('p12-done');
    await app.click('p12-close');
    const info = execFileSync('openssl', ['pkcs12', '-in', file, '-passin', 'stdin', '-nokeys', '-info'], {
      input: `${password}\n`,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    assert.match(info, /Maria das Dores Exemplo/i);
    assert.ok(info.split('BEGIN CERTIFICATE').length >= 3, 'the chain is inside');
  });

  test('the trail holds, and the terminal sees the same installation', () => {
    const trail = JSON.parse(cli(app.home, '--json', 'audit', 'verify'));
    assert.ok(JSON.stringify(trail).includes('true'), JSON.stringify(trail));
    const records = cli(app.home, '--json', 'audit', 'list');
    assert.match(records, /document_signed/);
    assert.match(records, /p12_exported/);
  });

  test('no secret is in the messages between page and program, in the log or in the data folder', async () => {
    await app.assertKeepsSecret({ 'P12 password': password });
    assert.ok(!app.log().includes(CPF), 'a CPF is in the log');
  });

  test('the keyboard reaches the work', async () => {
    await app.click('nav-sign');
    await app.browser.execute(() => document.activeElement?.blur());
    await app.keys('Tab');
    const first = await app.browser.execute(() => document.activeElement?.textContent?.trim());
    assert.match(first ?? '', /conteúdo/i, 'the first stop skips to the content');
    await app.keys('?');
    await app.see('keys-dialog');
    await app.accessible('teclas');
    await app.keys('Escape');
    await app.gone('keys-dialog');
  });

  test('every screen is complete in English and in the dark', async () => {
    await app.click('lang-en');
    for (const theme of ['theme-dark', 'theme-light']) {
      await app.click('theme-switch');
      await app.click(theme);
      for (const page of ['home', 'sign', 'verify', 'certificates', 'keys', 'audit', 'settings']) {
        if (!(await app.shows(`nav-${page}`))) continue;
        await app.click(`nav-${page}`);
        await app.see('page-title');
        await app.browser.pause(400);
        await app.shot(`en-${page}-${theme}`);
        await app.accessible(`${page}, ${theme}`);
        const words = await app.browser.execute(() => {
          // The document on the desk stays in its own language.
          const paper = [...document.querySelectorAll('main .textLayer')].map((layer) => layer.innerText);
          return paper.reduce((text, own) => text.replace(own, ''), document.querySelector('main').innerText);
        });
        assert.doesNotMatch(words, /\b(você|documentos|Emitido por|Validade|Nenhum|Quando)\b/, `Portuguese on the English ${page}`);
      }
    }
    assert.match(await app.text('demo-banner'), /no legal value/i);
    await app.click('lang-pt-BR');
  });

  test('axe-core found nothing serious on any screen', () => app.assertAccessible());
});

/** Whether a page's canvas holds more than one colour. */
async function painted(app, page) {
  return app.browser.execute((number) => {
    const canvas = document.querySelector(`[data-page="${number}"] canvas`);
    if (!canvas || canvas.width === 0) return false;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    for (let at = 4; at < data.length; at += 4) {
      if (data[at] !== data[0] || data[at + 1] !== data[1] || data[at + 2] !== data[2]) return true;
    }
    return false;
  }, page);
}
