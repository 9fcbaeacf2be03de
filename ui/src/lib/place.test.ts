import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bringIntoSight, keepPlace } from './place';

/** A column of blocks of which the scroller shows 200 pixels; nothing is laid out here, so the test says where things are. */
describe('the place of what somebody is at', () => {
  const VIEW = 200;
  const heights = new Map<Element, number>();
  let scroller: HTMLElement;
  let scrolled = 0;
  let report: () => void;
  let stop: () => void;

  const slack = () => Number.parseFloat(scroller.style.getPropertyValue('--slack')) || 0;
  const content = () => [...scroller.children].reduce((sum, child) => sum + heights.get(child)!, slack());
  const top = (element: Element): number => {
    const before = [...scroller.children].slice(0, [...scroller.children].indexOf(element));
    return before.reduce((sum, child) => sum + heights.get(child)!, 0) - scroller.scrollTop;
  };
  const rect = (at: number, height: number) => ({ top: at, bottom: at + height }) as DOMRect;

  class Observer {
    constructor(told: () => void) {
      report = told;
    }
    observe(): void {}
    disconnect(): void {}
  }

  beforeEach(() => {
    vi.stubGlobal('ResizeObserver', Observer);
    document.body.innerHTML = '<div id="scroller" style="overflow-y: auto"><p id="above"></p><button id="button"></button><p id="below"></p></div>';
    scroller = byId('scroller');
    scrolled = 0;
    for (const [id, height] of [['above', 100], ['button', 40], ['below', 160]] as const) heights.set(byId(id), height);
    Object.defineProperties(scroller, {
      clientHeight: { get: () => VIEW },
      scrollHeight: { get: () => Math.max(VIEW, content()) },
      scrollTop: { get: () => Math.min(scrolled, Math.max(0, content() - VIEW)), set: (value: number) => (scrolled = Math.min(Math.max(0, value), Math.max(0, content() - VIEW))) },
      getBoundingClientRect: { value: () => rect(0, VIEW) },
    });
    for (const child of scroller.children) {
      child.getBoundingClientRect = () => rect(top(child), heights.get(child)!);
      child.getClientRects = () => [child.getBoundingClientRect()] as unknown as DOMRectList;
    }
    stop = keepPlace(scroller);
  });

  afterEach(() => {
    stop();
    vi.unstubAllGlobals();
    document.body.innerHTML = '';
  });

  function byId(id: string): HTMLElement {
    return document.getElementById(id)!;
  }

  const grow = (id: string, height: number): void => {
    heights.set(byId(id), height);
    report();
  };

  it('stays when something above it grows or shrinks', () => {
    byId('button').focus();
    grow('above', 170);
    expect([top(byId('button')), scroller.scrollTop]).toEqual([100, 70]);
    grow('above', 120);
    expect([top(byId('button')), scroller.scrollTop]).toEqual([100, 20]);
  });

  it('stays where too little is left to scroll, and what was lent is given back', () => {
    byId('button').focus();
    scroller.scrollTop = 100;
    document.dispatchEvent(new Event('scroll'));
    expect(top(byId('button'))).toBe(0);
    // 110 pixels less at the end of the list: it would move down by as much.
    heights.set(byId('below'), 50);
    report();
    expect([top(byId('button')), slack()]).toEqual([0, 110]);
    scroller.scrollTop = 0;
    document.dispatchEvent(new Event('scroll'));
    expect(slack()).toBe(10);
  });

  it('is not taken back from who scrolls or opens something', () => {
    byId('button').focus();
    scroller.scrollTop = 60;
    document.dispatchEvent(new Event('scroll'));
    report();
    expect(scroller.scrollTop).toBe(60);
    heights.set(byId('below'), 400);
    byId('below').scrollIntoView = () => (scroller.scrollTop = 140);
    bringIntoSight(byId('below'));
    document.dispatchEvent(new Event('scroll'));
    report();
    expect(scroller.scrollTop).toBe(140);
  });

  it('is nobody\'s where nobody has been', () => {
    grow('above', 170);
    expect(scroller.scrollTop).toBe(0);
  });
});
