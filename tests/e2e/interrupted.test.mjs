// A power cut in the middle of signing: nothing is lost, nothing is half there, and the next start says what was interrupted.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { cli, open, PATIENCE, ROOT } from './harness.mjs';

const SAMPLES = path.join(ROOT, 'src-tauri/crates/office/assets/samples');
// More than are under way at once (256): where the disk is slow, all of those get their names at the same moment, and some are left.
const DOCUMENTS = 400;

describe('power cut', () => {
  test('killed between intent and result: the next start shows the act, and the trail holds', async () => {
    const app = await open({ name: 'cut', size: [1280, 800] });
    let next;
    try {
      await app.click('welcome-demo');
      await app.see('sign-button');
      const inputs = [];
      for (let number = 1; number <= DOCUMENTS; number += 1) {
        const file = path.join(app.desk, `ato ${String(number).padStart(3, '0')}.pdf`);
        fs.copyFileSync(path.join(SAMPLES, 'escritura-uniao-estavel.pdf'), file);
        inputs.push(file);
      }
      app.answer({ pick: inputs });
      await app.click('sign-pick');
      await app.reads('batch-list', new RegExp(`${DOCUMENTS + 2} documentos`));
      await app.click('sign-skip-looking');
      await app.fill('sign-skip-reason', 'teste de queda de energia');
      await app.click('sign-button');
      const signed = () => fs.readdirSync(app.desk).filter((name) => /assinado.*\.pdf$/.test(name));
      // Others have begun by then: their intents are in the trail, their results are not yet.
      assert.ok(await app.killWhen(() => signed().length >= 3), 'it was never seen writing');
      const done = signed();
      assert.ok(done.length >= 3 && done.length < DOCUMENTS, `killed too early or too late: ${done.length} signed`);

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
      assert.match(strip, new RegExp(`de ${DOCUMENTS + 2}`));
      await next.shot('strip');
      await next.accessible('Lote interrompido');
      await next.click('batch-resume');
      await next.see('sign-result', 4 * PATIENCE);
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
    }
  });
});
