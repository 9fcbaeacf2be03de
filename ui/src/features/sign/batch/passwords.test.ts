import { describe, expect, it } from 'vitest';
import type { ItemState, JobItem } from '../../../generated/types';
import { askingPassword, PASSWORD_NEEDED } from './passwords';

const item = (document: string, state: ItemState, code: string | null): JobItem => ({
  document,
  name: `${document}.pdf`,
  state,
  phase: null,
  error: code === null ? null : { code, params: {}, severity: 'warning', retry: 'after_action', detail: '' },
  output: null,
  receipt: null,
});

describe('passwords that an interruption made the program forget', () => {
  it('asks for each document that waits for one, and for no other', () => {
    const items = [item('a', 'waiting', PASSWORD_NEEDED), item('b', 'done', null), item('c', 'waiting', null), item('d', 'waiting', PASSWORD_NEEDED), item('e', 'failed', PASSWORD_NEEDED)];
    expect(askingPassword({ items }, new Set()).map(({ document }) => document)).toEqual(['a', 'd']);
    expect(askingPassword({ items }, new Set(['a'])).map(({ document }) => document)).toEqual(['d']);
    expect(askingPassword({ items }, new Set(['a', 'd']))).toEqual([]);
  });
});
