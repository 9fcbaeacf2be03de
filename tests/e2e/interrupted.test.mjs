// A power cut in the middle of signing: nothing is lost, nothing is half there, and the next start says what was interrupted.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { cli, officeBesideLab, open, PATIENCE, ROOT, startAuthority, startLab } from './harness.mjs';

const SAMPLES = path.join(ROOT, 'src-tauri/crates/office/assets/samples');
const DOCUMENTS = 60;
/** So many have their result when the power goes; the others wait for their stamps. */
const SIGNED = 3;

const lab = await startLab();

describe('power cut', { skip: lab ? false : 'the judges are not installed' }, () => {
  test('killed between intent and result: the next start shows the act, and the trail holds', async () => {
    const home = await officeBesideLab(lab);
    const authority = await startAuthority(lab);
    const app = await open({ name: 'cut', home, size: [1280, 800] });
    let next;
    try {
      await app.click('nav-sign');
      const answer = await app.invoke('tsa_save', { request: { id: null, name: 'ACT', url: authority.url, auth: 'none', user: null, secret: null, p12: null, policy: null, timeout_seconds: 60, position: null } });
      assert.equal(answer.refusal, undefined);
      const inputs = [];
      for (let number = 1; number <= DOCUMENTS; number += 1) {
        const file = path.join(app.desk, `ato ${String(number).padStart(3, '0')}.pdf`);
        fs.copyFileSync(path.join(SAMPLES, 'escritura-uniao-estavel.pdf'), file);
        inputs.push(file);
      }
      app.answer({ pick: inputs });
      await app.click('sign-pick');
      await app.reads('batch-list', new RegExp(`${DOCUMENTS} documentos`));
      await app.unfold('sign-options');
      await app.unfold('options-form');
      await app.choose('option-level', 'b-t');
      await app.click('sign-skip-looking');
      await app.fill('sign-skip-reason', 'teste de queda de energia');
      authority.answers(SIGNED);
      await app.click('sign-button');
      const signed = () => fs.readdirSync(app.desk).filter((name) => /assinado.*\.pdf$/.test(name));
      // Whoever waits for a stamp has signed: its intent is in the trail, its result is not yet.
      const inBetween = () => signed().length === SIGNED && authority.waiting() > 0;
      assert.ok(await app.killWhen(inBetween), `it was never seen in between: ${signed().length} signed, ${authority.waiting()} wait`);
      const done = signed();
      assert.equal(done.length, SIGNED);

      const original = fs.readFileSync(inputs[0]);
      for (const name of done) {
        const bytes = fs.readFileSync(path.join(app.desk, name));
        assert.ok(bytes.length > original.length, `${name} is half a file`);
        assert.ok(bytes.subarray(-6).includes('%%EOF'), `${name} is half a file`);
      }
      for (const input of inputs) assert.ok(fs.readFileSync(input).equals(original), `${input} was touched`);

      next = await open({ name: 'after-cut', home: app.home, size: [1280, 800] });
      const notice = await next.text('interrupted-notice');
      assert.match(notice, /pela metade/i);
      assert.match(notice, /ato \d+\.pdf/, 'the notice names the document');
      await next.shot('interrupted');
      await next.accessible('interrupted');
      await next.click('interrupted-dismiss');
      await next.gone('interrupted-notice');

      cli(app.home, '--json', 'audit', 'verify'); // a bad trail ends with exit code 1, which throws
      const { records } = JSON.parse(cli(app.home, '--json', 'audit', 'list'));
      assert.ok(records.some(({ phase }) => phase === 'interrupted'), 'the trail says that an act was interrupted');

      // The batch waits to be taken up again, says how it stands, and ends with every document signed once.
      const strip = await next.text('batch-interrupted');
      assert.match(strip, new RegExp(`de ${DOCUMENTS}`));
      await next.shot('strip');
      await next.accessible('Lote interrompido');
      authority.goOn();
      await next.click('batch-resume');
      await next.see('sign-result', 2 * PATIENCE);
      await next.shot('resumed');
      assert.equal(await next.count('batch-interrupted'), 0);
      for (const input of inputs) {
        const stem = path.basename(input, '.pdf');
        const made = signed().filter((name) => name.startsWith(stem));
        assert.equal(made.length, 1, `${stem}: ${made.join(', ') || 'nothing'}`);
      }
      cli(app.home, '--json', 'audit', 'verify');
      next.assertAccessible();
    } finally {
      await next?.close();
      await app.close();
      authority.stop();
      await lab.stop();
      fs.rmSync(home, { recursive: true, force: true });
    }
  });
});
