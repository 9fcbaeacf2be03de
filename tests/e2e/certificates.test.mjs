// The bench of certificates without any office: files made by OpenSSL, opened, related, judged as of two dates, compared,
// exported and read again by OpenSSL. Then, in the demonstration: trust, what expires, and the search.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { open, ROOT } from './harness.mjs';

const CPF = '529.982.247-25';
const BUNDLE = path.join(ROOT, '../shared/corpus/icp-brasil/ca-certificates.pem');

/** A root, two CAs of one name, a holder under the newer one, a list, and a P12; dates around a fixed past. */
function makePki(folder) {
  const run = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  fs.writeFileSync(
    path.join(folder, 'ca.cnf'),
    `[ca]
default_ca = own
[own]
database = index.txt
crlnumber = crlnumber
default_md = sha256
policy = any
new_certs_dir = .
rand_serial = yes
unique_subject = no
[any]
commonName = supplied
countryName = optional
organizationName = optional
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[above]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[leaf]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
certificatePolicies = 2.16.76.1.2.3.7
subjectAltName = @names
[names]
email.1 = ana@exemplo.br
otherName.1 = 2.16.76.1.3.1;FORMAT:ASCII,OCTETSTRING:050519805299822472500000000000000000000000000000000
`,
  );
  fs.writeFileSync(path.join(folder, 'index.txt'), '');
  fs.writeFileSync(path.join(folder, 'crlnumber'), '07\n');
  const key = (name) => run('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
  const issue = (name, subject, by, extensions, from, to) => {
    key(name);
    run('req', '-new', '-config', 'ca.cnf', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`);
    const signer = by === null ? ['-selfsign', '-keyfile', `${name}.key`] : ['-cert', `${by}.pem`, '-keyfile', `${by}.key`];
    run('ca', '-batch', '-config', 'ca.cnf', ...signer, '-in', `${name}.csr`, '-extensions', extensions, '-startdate', from, '-enddate', to, '-notext', '-out', `${name}.pem`);
  };
  issue('root', '/C=BR/O=Exemplo/CN=Raiz de Ensaio', null, 'root', '20100101000000Z', '20400101000000Z');
  issue('old', '/C=BR/O=Exemplo/CN=AC de Ensaio', 'root', 'above', '20100101000000Z', '20180101000000Z');
  issue('new', '/C=BR/O=Exemplo/CN=AC de Ensaio', 'root', 'above', '20130101000000Z', '20380101000000Z');
  issue('leaf', '/C=BR/O=Exemplo/CN=ANA DE ENSAIO:52998224725', 'new', 'leaf', '20140101000000Z', '20170101000000Z');
  issue('renewed', '/C=BR/O=Exemplo/CN=ANA DE ENSAIO:52998224725', 'new', 'leaf', '20170101000000Z', '20370101000000Z');
  const list = (ca) =>
    run('ca', '-config', 'ca.cnf', '-cert', `${ca}.pem`, '-keyfile', `${ca}.key`, '-gencrl', '-crl_lastupdate', '20140601000000Z', '-crl_nextupdate', '20140701000000Z', '-out', `${ca}-list.pem`);
  list('root');
  list('new');
  run('pkcs12', '-export', '-in', 'renewed.pem', '-inkey', 'renewed.key', '-certfile', 'new.pem', '-name', 'ana', '-passout', 'pass:ação-2026', '-out', 'ana.p12');
  const read = (name) => fs.readFileSync(path.join(folder, `${name}.pem`), 'utf8');
  const heap = path.join(folder, 'tudo misturado.txt');
  fs.writeFileSync(heap, `algumas palavras\n${read('leaf')}\nmais palavras\r\n${['new', 'old', 'root', 'renewed', 'leaf'].map(read).join('\n')}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`);
  const lists = path.join(folder, 'listas.pem');
  fs.writeFileSync(lists, read('root-list') + read('new-list'));
  return { heap, lists, p12: path.join(folder, 'ana.p12') };
}

/** The rows that are drawn, by what they say. */
const rows = (app) =>
  app.browser.execute(() =>
    [...document.querySelectorAll('[data-testid="heap-row"]')].map((row) => ({ id: row.dataset.id, kind: row.dataset.kind, text: row.innerText })),
  );

async function choose(app, pattern) {
  await app.browser.waitUntil(async () => (await rows(app)).some(({ text }) => pattern.test(text)), { timeoutMsg: `no row ${pattern}` });
  const row = (await rows(app)).find(({ text }) => pattern.test(text));
  await app.browser.$(`[data-testid="heap-row"][data-id="${row.id}"]`).click();
  await app.browser.waitUntil(async () => (await app.browser.$('[data-testid="heap-detail"]').getAttribute('data-id')) === row.id, { timeoutMsg: 'not selected' });
  return row.id;
}

const result = (app) => app.browser.$('[data-testid="heap-validate-result"]').getAttribute('data-result');

async function judged(app, wanted) {
  await app.see('heap-validate-result');
  await app.browser.waitUntil(async () => (await result(app)) === wanted, { timeoutMsg: `never ${wanted}: ${await app.text('heap-validate-result')}` });
}

describe('the bench of certificates, without any office', () => {
  let app;
  let made;

  before(async () => {
    app = await open({ name: 'certificates', size: [1280, 800] });
    made = makePki(app.desk);
  });
  after(async () => app?.close());

  test('anything is dropped on it: what is in the file, what is not, and where', async () => {
    await app.click('welcome-inspection');
    await app.click('nav-certificates');
    await app.see('heap-empty');
    await app.shot('empty');
    await app.accessible('bancada vazia');
    app.answer({ pick: [made.heap] });
    await app.click('open-certificates');
    await app.see('heap-list');
    await app.browser.waitUntil(async () => (await rows(app)).length === 6, { timeoutMsg: 'five certificates, each once, and what is broken' });
    assert.equal((await rows(app)).filter(({ kind }) => kind === 'certificate').length, 5);
    assert.match(await app.text('heap-sources'), /tudo misturado\.txt/);
    assert.equal(await app.browser.$('[data-testid="heap-source"]').getAttribute('data-problems'), '1', 'the broken block is told');
    await app.accessible('bancada, lista');
  });

  test('a holder in words: numbers masked, serial in both forms, type by ICP-Brasil', async () => {
    await choose(app, /ANA DE ENSAIO/);
    const shown = await app.text('heap-detail');
    assert.match(shown, /ANA DE ENSAIO/);
    assert.ok(!shown.includes('52998224725') && !shown.includes(CPF), 'the CPF is masked');
    assert.match(await app.text('heap-icp-type'), /A3/);
    assert.match(await app.text('heap-serial-dec'), /^\d+$/);
    await app.shot('summary');
    await app.accessible('bancada, resumo');
  });

  test('without evidence nothing is decided; with a root trusted here and lists of the time, it is valid as of 2014', async () => {
    await app.click('heap-detail-validation');
    await app.see('heap-validate-result');
    assert.notEqual(await result(app), 'valid');
    app.answer({ pick: [made.lists] });
    await app.click('open-certificates');
    await app.browser.waitUntil(async () => (await rows(app)).filter(({ kind }) => kind === 'crl').length === 2, { timeoutMsg: 'no lists' });
    await choose(app, /ANA DE ENSAIO/);
    await app.click('heap-detail-validation');
    await app.click('heap-at');
    await app.fill('heap-at-input', '15/06/2014');
    await app.click('heap-at-apply');
    await judged(app, 'indeterminate');
    assert.doesNotMatch(await app.text('heap-validate-result'), /inválid/i, 'not known is not wrong');
    await app.shot('indeterminate');
    await app.click('heap-trust-here');
    await judged(app, 'valid');
    await app.shot('valid');
    await app.accessible('bancada, validação');
    await app.click('heap-at');
    await app.click('heap-at-today');
    await app.browser.waitUntil(async () => (await result(app)) !== 'valid', { timeoutMsg: 'expired, yet valid today' });
  });

  test('every path is drawn; extensions and ASN.1 are never blank', async () => {
    await choose(app, /ANA DE ENSAIO/);
    await app.click('heap-detail-chain');
    await app.counts('heap-path', (count) => count >= 1, 'no path');
    await app.accessible('bancada, cadeia');
    await app.click('heap-detail-extensions');
    assert.match(await app.text('heap-extensions'), /keyUsage/i);
    await app.click('heap-detail-asn1');
    await app.see('heap-asn1');
    await app.counts('heap-asn1-row', (count) => count > 10, 'not all of it');
    const dump = await app.text('heap-detail');
    assert.ok(!dump.includes('52998224725'), 'the raw form shows the CPF');
    await app.shot('asn1');
    await app.accessible('bancada, ASN.1');
    await app.click('heap-detail-lint');
    await app.see('heap-lint');
    await app.accessible('bancada, pendências');
    await app.click('heap-mode-graph');
    await app.see('heap-graph');
    await app.counts('heap-graph-node', (count) => count >= 3, 'holder, CA and root');
    await app.shot('graph');
    await app.accessible('bancada, grafo');
    await app.click('heap-mode-tree');
    await app.see('heap-list');
    await app.shot('tree');
    await app.accessible('bancada, árvore');
    await app.click('heap-mode-list');
  });

  test('a P12 with an accent in its password is looked into, and its certificates join the others', async () => {
    app.answer({ pick: [made.p12] });
    await app.click('open-certificates');
    await app.browser.waitUntil(async () => (await rows(app)).some(({ kind }) => kind === 'p12'), { timeoutMsg: 'no store' });
    await app.browser.$('[data-testid="heap-row"][data-kind="p12"]').click();
    await app.see('heap-unlock');
    await app.fill('heap-unlock-password', 'errada');
    await app.click('heap-unlock-submit');
    // The field is emptied together with the answer: what is typed before would be lost.
    await app.browser.$('[data-testid="heap-unlock"] [aria-invalid="true"]').waitForExist({ timeoutMsg: 'no word about the password' });
    await app.fill('heap-unlock-password', 'ação-2026');
    await app.click('heap-unlock-submit');
    await app.gone('heap-unlock');
    const store = await app.text('heap-store');
    assert.match(store, /AES-256/);
    assert.match(store, /PBKDF2/);
    await app.shot('p12');
    await app.accessible('bancada, P12');
    await app.assertKeepsSecret({ 'password of the P12': 'ação-2026' }, { office: false });
  });

  test('two certificates of one holder are compared by meaning', async () => {
    const two = (await rows(app)).filter(({ text, kind }) => kind === 'certificate' && /ANA DE ENSAIO/.test(text));
    assert.equal(two.length, 2);
    await app.browser.$(`[data-testid="heap-row"][data-id="${two[0].id}"]`).click();
    await app.browser.action('key').down('\uE009').perform(true);
    await app.browser.$(`[data-testid="heap-row"][data-id="${two[1].id}"]`).click();
    await app.browser.action('key').up('\uE009').perform();
    await app.click('heap-compare-start');
    await app.see('heap-compare');
    const headline = () => app.browser.$('[data-testid="heap-compare"]').getAttribute('data-headline');
    await app.browser.waitUntil(async () => Boolean(await headline()), { timeoutMsg: 'no comparison came' });
    assert.match(await headline(), /renewal/);
    await app.shot('compare');
    await app.accessible('bancada, comparação');
    await app.click('heap-compare-close');
  });

  test('what is exported is read by OpenSSL; the report is paper', async () => {
    await choose(app, /ANA DE ENSAIO/);
    const chain = path.join(app.desk, 'cadeia.p7b');
    app.answer({ save: chain });
    await app.click('heap-export');
    await app.click('heap-export-p7b-chain');
    await app.browser.waitUntil(() => fs.existsSync(chain), { timeoutMsg: 'nothing was saved' });
    const listed = execFileSync('openssl', ['pkcs7', '-inform', 'DER', '-in', chain, '-print_certs', '-noout'], { encoding: 'utf8' });
    assert.match(listed, /Raiz de Ensaio/);
    assert.match(listed, /ANA DE ENSAIO/);
    const report = path.join(app.desk, 'exame.pdf');
    app.answer({ save: report });
    await app.click('heap-export');
    await app.click('heap-report-pdf');
    await app.browser.waitUntil(() => fs.existsSync(report), { timeoutMsg: 'no report' });
    execFileSync('qpdf', ['--check', report]);
    const text = execFileSync('pdftotext', ['-layout', report, '-'], { encoding: 'utf8' });
    assert.match(text, /ANA DE ENSAIO/);
    assert.ok(!text.includes('52998224725') && !text.includes(CPF), 'the report shows the CPF');
  });

  test('everything is found by number, and by keyboard', async () => {
    const serial = execFileSync('openssl', ['x509', '-in', path.join(app.desk, 'leaf.pem'), '-noout', '-serial'], { encoding: 'utf8' }).trim().split('=')[1];
    await app.keys('Control', 'k');
    await app.see('search-dialog');
    await app.fill('search-input', serial);
    await app.browser.waitUntil(async () => (await app.count('search-hit')) >= 1, { timeoutMsg: 'not found by its serial' });
    await app.accessible('busca');
    await app.keys('Escape');
    await app.gone('search-dialog');
  });

  test('axe-core found nothing serious on the bench', () => app.assertAccessible());
});

describe('trust, expiry and search in an office', () => {
  let app;

  before(async () => {
    app = await open({ name: 'trust', size: [1280, 800] });
    await app.click('welcome-demo');
    await app.see('sign-button');
    await app.click('nav-certificates');
  });
  after(async () => app?.close());

  test("ICP-Brasil's bundle brings ten official roots and everything below them", { skip: fs.existsSync(BUNDLE) ? false : 'corpus icp-brasil is absent' }, async () => {
    await app.click('certificates-tab-trust');
    await app.see('trust-tab');
    await app.see('trust-missing');
    app.answer({ pick: [BUNDLE] });
    await app.click('trust-import');
    await app.see('trust-result');
    await app.counts('trust-root', (count) => count >= 10, 'the ten roots');
    await app.counts('trust-missing', 0, 'some are still missing');
    await app.shot('imported');
    await app.accessible('Confiança');
  });

  test('what expires is listed and goes into a calendar', async () => {
    await app.click('certificates-tab-expiry');
    await app.see('expiry-tab');
    await app.counts('expiry-row', (count) => count >= 1, 'the demonstration has certificates that end');
    await app.shot('expiry');
    await app.accessible('Vencimentos');
    const calendar = path.join(app.desk, 'vencimentos.ics');
    app.answer({ save: calendar });
    await app.click('expiry-ics');
    await app.browser.waitUntil(() => fs.existsSync(calendar), { timeoutMsg: 'no calendar' });
    assert.match(fs.readFileSync(calendar, 'utf8'), /^BEGIN:VCALENDAR\r\n/);
  });

  test('the search finds a certificate by a part of its name without accents', async () => {
    await app.keys('Control', 'k');
    await app.see('search-dialog');
    await app.fill('search-input', 'helena');
    await app.browser.waitUntil(async () => (await app.count('search-hit')) >= 1, { timeoutMsg: 'Helena is not found' });
    await app.shot('search');
    await app.accessible('busca no cartório');
    await app.keys('Enter');
    await app.gone('search-dialog');
  });

  test('axe-core found nothing serious', () => app.assertAccessible());
});
