import { afterEach, describe, expect, it } from 'vitest';
import { isCovered } from './shortcuts.svelte';

describe('what lies over the page', () => {
  afterEach(() => {
    document.body.innerHTML = '';
  });

  const covered = (html: string): boolean => {
    document.body.innerHTML = html;
    return isCovered();
  };

  it('has the keys while it is open', () => {
    expect(['<div role="dialog" data-state="open"></div>', '<div role="menu" data-state="open"></div>', '<div role="listbox"></div>'].map(covered)).toEqual([true, true, true]);
    expect(['', '<div role="listbox" data-inline></div>'].map(covered)).toEqual([false, false]);
  });

  it('has them no more once it was closed, although it may still be drawn', () => {
    expect(covered('<div role="menu" data-state="closed"></div>')).toBe(false);
    expect(covered('<div role="dialog" data-state="closed"><div role="listbox"></div></div>')).toBe(false);
    expect(covered('<div role="menu" data-state="closed"></div><div role="dialog" data-state="open"></div>')).toBe(true);
  });
});
