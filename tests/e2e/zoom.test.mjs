// The window at 200 %: 640 × 400 CSS pixels. Nothing is cut off or needs scrolling sideways, and the main action can be reached.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { open, ROOT } from './harness.mjs';

const SAMPLE = path.join(ROOT, 'src-tauri/crates/office/assets/samples/escritura-uniao-estavel.pdf');

describe('the window at 200 %', () => {
  let app;
  const findings = [];

  before(async () => {
    app = await open({ name: 'zoom', size: [1280, 800] });
    // The driver counts points of the window as it was before it was enlarged.
    app.click = async (id) => {
      await app.see(id);
      await app.enabled(id);
      await app.browser.execute((css) => document.querySelector(css).click(), `[data-testid="${id}"]`);
    };
    for (const name of ['Contrato de promessa de compra e venda do imóvel da matrícula 48.213.pdf', 'Distrato.pdf']) fs.copyFileSync(SAMPLE, path.join(app.desk, name));
    fs.writeFileSync(path.join(app.desk, 'nota.txt'), 'Nota.\n'.repeat(40));
  });
  after(async () => app?.close());

  /** Notes what is wider than the window, cut off, or scrolls sideways; a page of a PDF may. */
  const look = async (screen, primary) => {
    await app.shot(screen);
    const found = await app.browser.execute(() => {
      const out = [];
      const name = (element) => `${element.tagName.toLowerCase()}${element.dataset.testid ? `[${element.dataset.testid}]` : ''}.${element.className?.baseVal ?? element.className} «${(element.textContent ?? '').trim().slice(0, 40)}»`;
      const free = '[data-testid="viewer"], [data-testid="viewer"] *, .visually-hidden, .visually-hidden *, svg *, .ghost, .ghost *, .sheet, pre, pre *, nav, nav *';
      for (const element of document.body.querySelectorAll('*')) {
        if (element.matches(free) || element.getClientRects().length === 0) continue;
        const style = getComputedStyle(element);
        if (style.visibility === 'hidden' || style.clipPath !== 'none') continue;
        const { left, right } = element.getBoundingClientRect();
        if (right > innerWidth + 1 || left < -1) out.push(`outside: ${name(element)} ${Math.round(left)}–${Math.round(right)}`);
        const wider = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0 && style.display !== 'inline';
        if (!wider) continue;
        if (['auto', 'scroll'].includes(style.overflowX)) out.push(`scrolls sideways: ${name(element)} ${element.scrollWidth} > ${element.clientWidth}`);
        if (['hidden', 'clip'].includes(style.overflowX) && style.textOverflow !== 'ellipsis' && style.webkitLineClamp === 'none') out.push(`cut off: ${name(element)} ${element.scrollWidth} > ${element.clientWidth}`);
      }
      return out;
    });
    findings.push(...[...new Set(found)].slice(0, 12).map((each) => `${screen}: ${each}`));
    if (!primary) return;
    const reached = await app.browser.execute((css) => {
      const button = document.querySelector(css);
      if (!button) return 'is not there';
      button.scrollIntoView({ block: 'nearest' });
      const { left, top, width, height } = button.getBoundingClientRect();
      if (left < 0 || top < 0 || left + width > innerWidth + 1 || top + height > innerHeight + 1) return 'is not whole in sight';
      const hit = document.elementFromPoint(left + width / 2, top + height / 2);
      return button.contains(hit) ? null : `is covered by ${hit?.outerHTML.slice(0, 120)}`;
    }, `[data-testid="${primary}"]`);
    if (reached) findings.push(`${screen}: ${primary} ${reached}`);
    await app.shot(`${screen}-action`);
  };

  test('it is enlarged by keys', async () => {
    await app.see('welcome-demo');
    for (let step = 0; step < 5; step += 1) await app.keys('Control', '+');
    await app.browser.waitUntil(async () => (await app.browser.execute(() => innerWidth)) <= 645, { timeoutMsg: 'the keys do not enlarge the window' });
    await look('welcome', 'welcome-demo');
    await app.click('welcome-demo');
    await app.see('sign-button');
  });

  test('Assinar, its options and the stamp', async () => {
    await app.lay(...fs.readdirSync(app.desk).sort().map((name) => path.join(app.desk, name)));
    await look('sign', 'sign-button');
    await app.unfold('sign-options');
    for (const fold of ['options-form', 'options-says', 'options-file', 'options-pdf']) await app.unfold(fold);
    await look('options', 'sign-button');
    await app.click('stamp-switch');
    await app.see('stamp-picture');
    await look('stamp', 'stamp-rectangle');
    await app.click('stamp-edit');
    await app.see('stamp-editor');
    await look('stamp-editor');
    await app.keys('Escape');
    await app.gone('stamp-editor');
    await app.click('options-reset');
  });

  test('the review and the result of a batch', async () => {
    await app.click('batch-review');
    await app.see('batch-review-panel');
    await app.unfold('batch-on-error-open');
    await look('review', 'batch-sign');
    await app.lookAtAll();
    await app.click('batch-sign');
    await app.see('sign-result');
    await look('result', 'sign-clear');
  });

  test('Validar, from the drop zone to the verdict', async () => {
    await app.click('nav-verify');
    await look('verify-empty', 'verify-pick');
    app.answer({ pick: [path.join(app.desk, 'Distrato-assinado.pdf')] });
    await app.click('verify-pick');
    await app.see('verdict-headline');
    await app.click('verify-extend-open');
    await look('verdict', 'verify-extend-start');
    await app.click('verify-tab-chain');
    await app.see('chain-view');
    await look('verdict-chain');
  });

  test('Certificados', async () => {
    await app.click('nav-certificates');
    await app.see('certificates-tab-office');
    await look('certificates');
    await app.click('certificates-tab-office');
    await app.see('chain-view');
    await look('certificates-office');
  });

  test('nothing is cut off, and every main action can be reached', () => assert.deepEqual(findings, []));
});
