// What lies beyond the simple signature, in the real window beside real time-stamp authorities on loopback: levels, policies,
// a visible stamp by mouse and keyboard, locked PDFs, other forms, extension, and what a validation says of them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cliKilledWhen, judge, officeBesideLab, open, PATIENCE, ROOT, startAuthority, startLab } from './harness.mjs';

const SAMPLE = path.join(ROOT, 'src-tauri/crates/office/assets/samples/escritura-uniao-estavel.pdf');
const PASSWORD = 'senha-do-pdf-91';
const ACT = 'ACT do laboratório';

const lab = await startLab();

describe('signing beyond the simple path', { skip: lab ? false : 'the judges are not installed' }, () => {
  let home;
  let app;
  let authority;
  let contract;
  let note;
  let locked;
  let root; // of the demonstration

  before(async () => {
    home = await officeBesideLab(lab);
    authority = await startAuthority(lab);
    app = await open({ name: 'levels', home, size: [1280, 800] });
    contract = path.join(app.desk, 'Contrato.pdf');
    fs.copyFileSync(SAMPLE, contract);
    note = path.join(app.desk, 'nota.txt');
    fs.writeFileSync(note, 'Nota.\n'.repeat(50));
    locked = path.join(app.desk, 'Balanço.pdf');
    execFileSync('qpdf', ['--encrypt', PASSWORD, PASSWORD, '256', '--', SAMPLE, locked]);
    await app.click('nav-sign');
    await app.see('sign-pick');
  });
  after(async () => {
    await app?.close();
    authority?.stop();
    await lab.stop();
    fs.rmSync(home, { recursive: true, force: true });
  });

  const signed = (name) => path.join(app.desk, name);
  const sign = async () => {
    await app.click('sign-button');
    await app.see('sign-result');
    assert.equal(await app.browser.$('[data-testid="sign-result"]').getAttribute('data-status'), 'succeeded', await app.words());
  };
  const lists = () => ['root', 'act'].flatMap((issuer) => ['--crl', lab.file(`${issuer}.crl`)]);

  test('a level that nobody can give here says why, and leads to where it is put right', async () => {
    await app.lay(contract);
    await app.unfold('sign-options');
    await app.unfold('options-form');
    const pressed = await app.choose('option-level', 'b-lta');
    await app.reads('remarks', /autoridade de carimbo/);
    await app.reads('sign-sentence', /carimbo de arquivo/);
    await app.see('sign-why-not');
    // The sentence above the cards has more lines now.
    assert.ok(Math.abs((await app.topOf('option-level', 'b-lta')) - pressed) < 2, `pressed at ${pressed}, now at ${await app.topOf('option-level', 'b-lta')}`);
    await app.enabled('sign-button', false);
    await app.shot('no-authority');
    await app.accessible('Assinar, opções');
    await app.click('remark-settings');
    await app.see('tsa-empty');
  });

  test('an authority is set up, asked for a stamp, and found to be trusted', async () => {
    await app.click('tsa-add');
    await app.see('tsa-dialog');
    await app.click('tsa-save');
    await app.browser.$('[data-testid="tsa-dialog"] [aria-invalid="true"]').waitForExist({ timeoutMsg: 'an empty form is taken' });
    await app.fill('tsa-name', ACT);
    await app.fill('tsa-url', authority.url);
    await app.shot('authority-dialog');
    await app.accessible('Ajustes, autoridade');
    await app.click('tsa-save');
    await app.gone('tsa-dialog');
    await app.click('tsa-test');
    const probe = await app.see('tsa-probe');
    assert.equal(await probe.getAttribute('data-trusted'), 'true', await probe.getText());
    await app.see('policy-card');
    await app.counts('policy-row', (count) => count >= 9, 'the policies of both families');
    await app.counts('policy-list-missing', 2, 'no list of approved policies was brought in');
    await app.shot('settings');
    await app.accessible('Ajustes, carimbo do tempo e políticas');
  });

  test('who went to set up the authority comes back to the level that was chosen, and can sign', async () => {
    await app.click('nav-sign');
    await app.reads('sign-sentence', /B-LTA/);
    await app.enabled('sign-button');
    assert.equal(await app.count('remark-settings'), 0, 'it still says that there is no authority');
    await app.unfold('sign-options');
    await app.unfold('options-form');
    assert.equal(await app.browser.$('[data-testid="option-level"] input[value="b-lta"]').isSelected(), true, 'another level is chosen');
    await app.shot('back-with-authority');
  });

  test('a policy of ICP-Brasil is refused beforehand for a certificate that is none of its', async () => {
    await app.click('nav-sign');
    await app.unfold('sign-options');
    await app.unfold('options-form');
    await app.choose('option-policy-kind', 'icp');
    await app.choose('option-policy', 'ad-rb');
    await app.reads('remarks', /VALIDAR recusaria[^]*ICP-Brasil/);
    await app.enabled('sign-button', false);
    await app.shot('policy');
    await app.accessible('Assinar, política');
    await app.click('options-reset');
    await app.enabled('sign-button');
  });

  test('a stamp is dragged by mouse, moved by keyboard, warns of what it covers, and goes where there is room', async () => {
    await app.unfold('options-pdf');
    await app.click('stamp-switch');
    const rectangle = await app.see('stamp-rectangle');
    await app.see('stamp-picture');
    await app.shot('stamp');
    const at = async () => app.browser.execute((css) => document.querySelector(css).getBoundingClientRect().toJSON(), '[data-testid="stamp-rectangle"]');
    const first = await at();
    await rectangle.dragAndDrop({ x: -60, y: -140 });
    await app.browser.waitUntil(async () => Math.abs((await at()).y - first.y + 140) < 8, { timeoutMsg: 'the mouse did not move it' });
    const second = await at();
    assert.ok(Math.abs(second.x - first.x + 60) < 8, `${second.x} from ${first.x}`);
    assert.equal(await app.focused(), 'stamp-rectangle');
    for (let step = 0; step < 3; step += 1) await app.keys('Shift', 'ArrowDown');
    await app.browser.waitUntil(async () => (await at()).y > second.y, { timeoutMsg: 'the keyboard did not move it' });
    await app.fill('stamp-y', '120');
    await app.keys('Tab');
    await app.see('stamp-covers');
    await app.shot('stamp-covers');
    await app.accessible('Assinar, carimbo');
    // The first page is full; on the last one there is room between the signatures and the foot.
    await app.select('stamp-page', '-1');
    await app.click('stamp-move');
    await app.gone('stamp-covers', 2 * PATIENCE);
    await app.enabled('sign-button');
    await app.click('stamp-edit');
    await app.see('stamp-editor');
    await app.shot('template');
    await app.accessible('Modelo de carimbo');
    await app.keys('Escape');
    await app.gone('stamp-editor');
  });

  test('what only a PDF can carry is said of the other documents before anything is signed', async () => {
    await app.lay(contract, note);
    await app.reads('left-out', /carimbo visível[^]*1 documento[^]*nota\.txt/);
    await app.click('batch-review');
    await app.see('batch-review-panel');
    await app.reads('left-out', /nota\.txt/);
    await app.shot('left-out-review');
    await app.accessible('Conferir lote misto');
    await app.click('batch-review-back');
    await app.unfold('sign-options');
    await app.unfold('options-pdf');
    await app.reads('left-out-short', /carimbo visível/);
    await app.shot('left-out');
    await app.lay(contract);
    await app.gone('left-out');
    await app.unfold('sign-options');
    await app.unfold('options-pdf');
  });

  test('B-LTA with a stamp and a certification is signed by mouse, and foreign judges agree', async () => {
    await app.select('option-certify', 'form-filling');
    await app.unfold('options-form');
    await app.choose('option-level', 'b-lta');
    await app.reads('sign-sentence', /B-LTA/);
    await app.enabled('sign-button');
    await app.shot('ready');
    await sign();
    await app.shot('signed');
    await app.accessible('Assinar, B-LTA');
    root = await app.saveRoot();
    const file = signed('Contrato-assinado.pdf');
    const report = judge('pyhanko_judge.py', file, '--root', root, '--root', lab.file('root.pem'), '--ades', 'B-LTA', '--ltv', '--expect-trusted', '--expect-ades');
    assert.deepEqual(report.problems, []);
    assert.match(execFileSync('pdfsig', ['-nocert', file], { encoding: 'utf8' }), /Signature is Valid/);
  });

  test('Validar tells its level, its time stamps and until when to renew it', async () => {
    await app.click('nav-verify');
    app.answer({ pick: [signed('Contrato-assinado.pdf')] });
    await app.click('verify-pick');
    await app.reads('verdict-headline', /íntegro e confiável/i);
    assert.match(await app.text('verify-level'), /B-LTA/);
    assert.match(await app.text('verify-time-stamps'), /ACT do Laboratório/);
    assert.equal(await (await app.see('verify-extend')).getAttribute('data-pressing'), 'false');
    await app.shot('verified');
    await app.accessible('Validar, B-LTA');
  });

  test('a file goes inside its signature', async () => {
    await app.click('nav-sign');
    await app.lay(note);
    await app.unfold('sign-options');
    await app.click('options-reset');
    await app.unfold('options-form');
    await app.select('option-format', 'cades-enveloping');
    await app.enabled('sign-button');
    await sign();
    assert.ok(fs.readFileSync(signed('nota.txt.p7s')).includes('Nota.\nNota.\n'), 'the content is not inside');
  });

  test('what was signed simply is taken to the archive level where it is judged', async () => {
    await app.click('nav-verify');
    app.answer({ pick: [signed('nota.txt.p7s')] });
    await app.click('verify-pick');
    await app.see('verify-extend');
    await app.click('verify-extend-open');
    await app.click('verify-extend-level-b-lta');
    await app.shot('extend');
    await app.accessible('Validar, estender');
    await app.click('verify-extend-start');
    await app.see('verify-extend-done');
    await app.shot('extended');
    await app.accessible('Validar, estendido');
    await app.click('verify-extend-verify');
    await app.reads('verify-level', /B-LTA/);
    const made = fs.readdirSync(app.desk).filter((name) => /nota.*\.p7s$/.test(name));
    assert.equal(made.length, 2, made.join(', '));
    const content = path.join(app.desk, 'dentro.txt');
    execFileSync('openssl', ['cms', '-verify', '-binary', '-inform', 'DER', '-noverify', '-in', signed(made.find((name) => name !== 'nota.txt.p7s')), '-out', content], { stdio: 'pipe' });
    assert.ok(fs.readFileSync(content).equals(fs.readFileSync(note)), 'the extension changed the content');
  });

  test('several signed files are taken up together; without the network what needs a stamp is refused by name', async () => {
    await app.click('verify-extend-open');
    await app.click('verify-extend-many');
    await app.see('extend-page');
    app.answer({ pick: [signed('Contrato-assinado.pdf'), signed('nota.txt.p7s'), note] });
    await app.click('extend-pick');
    await app.reads('extend-left-out', /1 documento fica de fora/);
    await app.reads('extend-start', /Estender 3 documentos/);
    await app.shot('extend-many');
    await app.accessible('Estender vários');
    await app.click('verify-extend-offline');
    await app.reads('verify-extend-offline-note', /só vem pela rede/);
    // Evidence comes by the program's own dialog; it counts for this job alone.
    await app.unfold('verify-extend-named');
    app.answer({ pick: [await lab.list('act')] });
    await app.click('evidence-pick');
    await app.see('evidence-file');
    await app.shot('extend-many-offline');
    await app.accessible('Estender vários, sem rede');
    await app.click('extend-start');
    await app.reads('extend-result', /Nenhum documento foi estendido[^]*3 não foram estendidos/);
    await app.see('extend-reason');
    await app.shot('extend-many-refused');
    await app.accessible('Estender vários, recusado');
    await app.click('extend-again');
    await app.click('verify-extend-offline');
    await app.gone('verify-extend-offline-note');
    await app.click('extend-start');
    await app.reads('extend-result', /3 documentos estendidos/, 2 * PATIENCE);
    const dated = () => [...document.querySelectorAll('[data-testid="extend-row"]')].filter((row) => /\d{2}[/]\d{2}[/]\d{2}/.test(row.textContent)).length;
    await app.browser.waitUntil(async () => (await app.browser.execute(dated)) === 3, { timeoutMsg: 'a result has no date' });
    await app.shot('extend-many-done');
    await app.accessible('Estender vários, feito');
    assert.ok(fs.existsSync(signed('Contrato-assinado-b-lta.pdf')) && fs.existsSync(signed('nota.txt-b-lta-2.p7s')), fs.readdirSync(app.desk).join(', '));
    await app.click('extend-clear');
  });

  test('an extension that a power cut interrupted is offered, and goes on where it was', async () => {
    const many = 30;
    const [from, to] = ['arquivo', 'resultados'].map((name) => path.join(app.desk, name));
    [from, to].forEach((folder) => fs.mkdirSync(folder));
    for (let number = 1; number <= many; number += 1) fs.copyFileSync(signed('Contrato-assinado.pdf'), path.join(from, `ato ${String(number).padStart(2, '0')}.pdf`));
    const made = () => fs.readdirSync(to).filter((name) => name.endsWith('.pdf'));
    // Too few answers for all of them: it cannot come to its end.
    authority.answers(20);
    assert.ok(await cliKilledWhen(home, ['extend', from, '--to', 'b-lta', '--out', to], () => made().length >= 3, 2 * PATIENCE), `it was never seen in the middle: ${made().length} made`);
    authority.goOn();
    await app.click('nav-home');
    await app.reads('batch-interrupted', new RegExp(`Uma extensão foi interrompida: \\d+ de ${many} estendidos?[^]*até B-LTA`));
    await app.shot('extend-interrupted');
    await app.accessible('Extensão interrompida');
    await app.click('batch-resume');
    await app.reads('extend-result', new RegExp(`${many} documentos estendidos`), 2 * PATIENCE);
    assert.equal(made().length, many, made().join(', '));
    await app.shot('extend-gone-on');
    await app.accessible('Extensão continuada');
    await app.click('extend-clear');
    await app.click('nav-home');
    assert.equal(await app.count('batch-interrupted'), 0);
  });

  test('a locked PDF asks for its password, is seen with it once, and is signed', async () => {
    await app.click('nav-sign');
    await app.lay(locked);
    // A form for other files was chosen before.
    await app.unfold('sign-options');
    await app.click('options-reset');
    // Nothing else can be done, so the main button asks for the password, and the main key too.
    // What the form of before made possible holds until the answer for this one has come.
    await app.gone('sign-button');
    await app.reads('sign-why-not', /protegido por senha/);
    await app.shot('locked-queue');
    await app.keys('Control', 'Enter');
    await app.see('pdf-unlock-dialog');
    await app.keys('Escape');
    await app.gone('pdf-unlock-dialog');
    await app.click('sign-unlock-first');
    await app.see('pdf-unlock-dialog');
    await app.fill('pdf-unlock-secret', 'errada-errada');
    await app.click('pdf-unlock-submit');
    await app.browser.$('[data-testid="pdf-unlock-dialog"] [aria-invalid="true"]').waitForExist({ timeoutMsg: 'no word about the password' });
    await app.shot('locked');
    await app.accessible('Assinar, PDF com senha');
    await app.fill('pdf-unlock-secret', PASSWORD);
    await app.click('pdf-unlock-submit');
    await app.gone('pdf-unlock-dialog');
    await app.browser.$('[data-page="1"] canvas').waitForExist({ timeoutMsg: 'its pages are not shown' });
    // The page does not keep the password: who comes back types it again.
    await app.click('nav-home');
    await app.click('nav-sign');
    await app.see('viewer-unlock');
    await app.accessible('Assinar, PDF com senha esquecida');
    await app.enabled('sign-button');
    await sign();
    const report = judge('pyhanko_judge.py', signed('Balanço-assinado.pdf'), '--root', root, '--password', PASSWORD, '--expect-trusted', ...lists());
    assert.deepEqual(report.problems, []);
    await app.assertKeepsSecret({ 'password of the PDF': PASSWORD });
  });

  test('nothing serious is in the way of anybody', () => app.assertAccessible());
});
