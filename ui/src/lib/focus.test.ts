import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepFocus } from './focus';

describe('the place of the keyboard', () => {
  let stop: () => void;

  beforeEach(() => {
    document.body.innerHTML = '<main tabindex="-1"><section data-pane><div><button id="a">a</button></div><button id="b">b</button></section></main>';
    // Nothing is laid out here.
    vi.spyOn(HTMLElement.prototype, 'getClientRects').mockReturnValue([new DOMRect()] as unknown as DOMRectList);
    stop = keepFocus();
  });

  afterEach(() => {
    stop();
    vi.restoreAllMocks();
    document.body.innerHTML = '';
  });

  const byId = (id: string) => document.getElementById(id)!;
  const frames = async () => {
    for (let frame = 0; frame < 3; frame += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  it('is the pane around what went away', async () => {
    byId('a').focus();
    byId('a').parentElement!.remove();
    if (document.activeElement !== document.body) document.body.focus();
    await frames();
    expect(document.activeElement).toBe(document.querySelector('[data-pane]'));
  });

  it('is what took the focus by itself', async () => {
    byId('a').focus();
    byId('a').remove();
    byId('b').focus();
    await frames();
    expect(document.activeElement).toBe(byId('b'));
  });

  it('is left alone where what had it is still there', async () => {
    byId('a').focus();
    byId('a').blur();
    byId('b').remove();
    await frames();
    expect(document.activeElement).toBe(document.body);
  });
});
