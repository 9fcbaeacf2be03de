// The window starts, is the one that was asked for, and is closed to everything that is not in the command list.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { open } from './harness.mjs';

describe('first start', () => {
  let app;
  before(async () => {
    app = await open({ name: 'start' });
  });
  after(async () => app?.close());

  test('the welcome screen offers three ways in', async () => {
    await app.see('welcome-demo');
    await app.see('welcome-production');
    await app.see('welcome-inspection');
    await app.shot('welcome');
    await app.accessible('welcome');
    app.assertAccessible();
  });

  test('a command outside the list is refused', async () => {
    const answer = await app.invoke('keys_export_all');
    assert.match(answer.refusal ?? '', /not allowed|not found/i);
    const plugin = await app.invoke('plugin:shell|open', { path: '/' });
    assert.match(plugin.refusal ?? '', /not allowed|not found/i);
    const known = await app.invoke('app_state', { request: {} });
    assert.equal(known.refusal, undefined, 'a listed command must answer, or the two refusals above prove nothing');
  });

  test('inline script and inline style are blocked', async () => {
    const result = await app.browser.executeAsync((done) => {
      const blocked = [];
      document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
      const script = document.createElement('script');
      script.textContent = 'globalThis.inlineRan = true';
      const style = document.createElement('style');
      style.textContent = 'body { outline: 7px solid red }';
      document.head.append(script, style);
      const handler = document.createElement('button');
      handler.setAttribute('onclick', 'globalThis.handlerRan = true');
      document.body.append(handler);
      handler.click();
      handler.remove();
      setTimeout(() => {
        const outline = getComputedStyle(document.body).outlineWidth;
        script.remove();
        style.remove();
        done({ blocked, ran: globalThis.inlineRan === true, handler: globalThis.handlerRan === true, outline });
      }, 500);
    });
    assert.equal(result.ran, false, 'an inline script ran');
    assert.equal(result.handler, false, 'an inline event handler ran');
    assert.notEqual(result.outline, '7px', 'an inline style applied');
    assert.ok(result.blocked.some((directive) => directive.startsWith('script-src')), `${result.blocked}`);
    assert.ok(result.blocked.some((directive) => directive.startsWith('style-src')), `${result.blocked}`);
  });

  test('eval is blocked', async () => {
    // WebDriver's own scripts are exempt from the policy, a timer of the page is not.
    const ran = await app.browser.executeAsync((done) => {
      setTimeout(() => {
        try {
          done(new Function('return true')());
        } catch (error) {
          done(error.name);
        }
      }, 0);
    });
    assert.equal(ran, 'EvalError');
  });

  test('the page cannot reach another host', async () => {
    const result = await app.browser.executeAsync((done) => {
      fetch('http://127.0.0.1:9/').then(() => done('reached'), (error) => done(error.name));
    });
    assert.equal(result, 'TypeError');
  });
});
