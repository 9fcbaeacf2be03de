// The same desk with keys in KMS: a real AWS-compatible server on loopback, static keys typed into the window.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cli, judge, open, PATIENCE, ROOT, startMinistack } from './harness.mjs';

const SAMPLE = path.join(ROOT, 'src-tauri/crates/office/assets/samples/procuracao-publica.pdf');

describe('production on a KMS endpoint', () => {
  let aws;
  let keys;
  let app;

  before(async () => {
    aws = await startMinistack();
    keys = aws.user('cartorio');
    app = await open({ name: 'production', size: [1280, 800] });
  });
  after(async () => {
    await app?.close();
    await aws?.stop();
  });

  test('a profile with typed access keys is tested and entered', async () => {
    await app.click('welcome-production');
    await app.see('production-setup');
    await app.accessible('Produção');
    await app.click('add-profile');
    await app.see('profile-dialog');
    await app.fill('profile-name', 'cartorio');
    await app.click('source-keyring');
    await app.fill('profile-access-key', keys.access_key_id);
    await app.fill('profile-secret-key', keys.secret_access_key);
    await app.click('profile-advanced');
    await app.fill('profile-endpoint', aws.endpoint);
    await app.accessible('perfil');
    await app.click('profile-save');
    await app.gone('profile-dialog');
    await app.click('profile-test');
    await app.see('profile-result');
    assert.match(await app.text('caller-account'), /^\d{12}$/);
    assert.match(await app.text('profile-result'), /sa-east-1/);
    await app.shot('profile');
    await app.click('enter-production');
    await app.fill('office-name-input', '2º Ofício de Notas de Vila Serena');
    await app.fill('operator-name-input', 'Augusto Siqueira Prado');
    await app.click('enter-production');
    await app.see('nav-keys');
    await app.reads('environment-chip', /sa-east-1/);
    assert.equal(await app.count('demo-banner'), 0, 'production is no demonstration');
  });

  test('a key is made in KMS and gets an identity', async () => {
    await app.click('nav-keys');
    await app.click('create-key');
    await app.fill('key-alias', 'assinatura-2026');
    await app.click('key-submit');
    await app.gone('key-dialog');
    await app.see('key-panel');
    await app.shot('keys');
    await app.accessible('Chaves');
    await app.click('create-identity');
    await app.fill('identity-label', 'Tabelião 2026');
    await app.fill('identity-holder', 'Augusto Siqueira Prado');
    await app.click('identity-submit');
    await app.gone('identity-dialog');
  });

  test('a document is signed with it, and the judge agrees', async () => {
    const input = path.join(app.desk, 'procuracao.pdf');
    fs.copyFileSync(SAMPLE, input);
    await app.click('nav-sign');
    app.answer({ pick: [input] });
    await app.click('sign-pick');
    await app.see('identity-card');
    await app.click('sign-button');
    await app.see('sign-result');
    await app.reads('job-item-state', /Assinado/);
    await app.shot('signed');
    const root = await app.saveRoot();
    const signed = path.join(app.desk, 'procuracao-assinado.pdf');
    judge('pyhanko_judge.py', signed, '--root', root, '--expect-entire-file', '--expect-trusted');
    const { records } = JSON.parse(cli(app.home, '--json', 'audit', 'list'));
    const signing = records.find(({ act, phase }) => act === 'document_signed' && phase === 'succeeded');
    assert.ok(signing?.request_id, 'the trail holds the request id of AWS');
  });

  test('when AWS cannot be reached, the error says so and nothing is written', async () => {
    await aws.stop();
    const input = path.join(app.desk, 'depois.pdf');
    fs.copyFileSync(SAMPLE, input);
    await app.click('nav-sign');
    if (await app.shows('sign-clear')) await app.click('sign-clear');
    app.answer({ pick: [input] });
    await app.click('sign-pick');
    await app.click('sign-button');
    // A key that does not answer makes the task wait: nothing is lost, and it may go on when the network is back.
    await app.see('job-wait', 2 * PATIENCE);
    await app.reads('error-panel', /AWS|rede|endereço|conex/i);
    await app.shot('unreachable');
    await app.accessible('AWS fora do ar');
    await app.click('sign-cancel');
    await app.see('sign-result');
    assert.ok(!fs.existsSync(path.join(app.desk, 'depois-assinado.pdf')), 'a file was written');
  });

  test('no access key is in the messages, in the log or in the data folder', async () => {
    await app.assertKeepsSecret({ 'access key id': keys.access_key_id, 'secret access key': keys.secret_access_key });
  });

  test('axe-core found nothing serious on any screen', () => app.assertAccessible());
});
