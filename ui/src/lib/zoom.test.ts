import { describe, expect, it } from 'vitest';
import { keyedZoom, stepped } from './zoom';

const key = (key: string, rest: object = {}) => ({ ctrlKey: true, metaKey: false, altKey: false, key, ...rest });

describe('the size of the window', () => {
  it('goes by steps and ends at both ends', () => {
    expect([stepped(1, 1), stepped(1, -1), stepped(2, 1), stepped(0.8, -1), stepped(1.3, 1), stepped(1.3, -1)]).toEqual([1.1, 0.9, null, null, 1.5, 1.25]);
  });

  it('listens to three keys with Ctrl and to nothing else', () => {
    expect([keyedZoom(1.5, key('+')), keyedZoom(1.5, key('=')), keyedZoom(1.5, key('-')), keyedZoom(1.5, key('0')), keyedZoom(2, key('+'))]).toEqual([1.75, 1.75, 1.25, 1, 2]);
    expect([keyedZoom(1, key('k')), keyedZoom(1, key('+', { ctrlKey: false })), keyedZoom(1, key('+', { altKey: true }))]).toEqual([null, null, null]);
  });
});
