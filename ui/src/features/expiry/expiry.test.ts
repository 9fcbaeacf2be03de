import { beforeEach, describe, expect, it } from 'vitest';

import { MockBackend } from '../../backend/mock';
import type { ExpiryItem } from '../../generated/types';
import { useLocale } from '../../i18n';
import { URGENCIES, adviceWord, grouped, kindWord, leftWord, rowState, urgencyWord } from './words';

const item = (rest: Partial<ExpiryItem>): ExpiryItem => ({ kind: 'subscriber', name: 'ANA', owner: 'ANA', issuer: 'AC', not_after: '2026-12-01T00:00:00Z', days_left: 9, sha256: 'a', serial_hex: '01', urgency: 'soon', ...rest });

beforeEach(() => useLocale('pt-BR'));

describe('what expires', () => {
  it('is grouped by urgency, what ended last first', () => {
    const groups = grouped([item({ urgency: 'expired', not_after: '2020-01-01T00:00:00Z', sha256: 'old' }), item({ urgency: 'expired', not_after: '2026-11-01T00:00:00Z', sha256: 'new' }), item({})]);
    expect(groups.expired.map(({ sha256 }) => sha256)).toEqual(['new', 'old']);
    expect(groups.soon).toHaveLength(1);
    expect(groups.fine).toHaveLength(0);
  });

  it('loses nothing to a word that it does not know', () => {
    const groups = grouped([item({ urgency: 'brand_new', days_left: 3 }), item({ urgency: 'brand_new', days_left: -3 })]);
    expect([groups.fine.length, groups.expired.length]).toEqual([1, 1]);
  });

  it('says what is left as people say it', () => {
    expect([-35, -1, 0, 1, 7, 59, 60, 245, 700, 4000].map(leftWord)).toEqual(['há 35 dias', 'venceu ontem', 'vence hoje', 'vence amanhã', '7 dias', '59 dias', '2 meses', '8 meses', '23 meses', '11 anos']);
  });

  it('advises only where there is something to do', () => {
    expect(adviceWord({ kind: 'crl', days_left: 0 })).toContain('Confiança');
    expect(adviceWord({ kind: 'crl', days_left: 90 })).toBeNull();
    expect(adviceWord({ kind: 'trust_root', days_left: -900 })).toContain('assinaturas antigas');
    expect(adviceWord({ kind: 'heap', days_left: -1 })).toBeNull();
  });

  it('does not call a root wrong that is kept for old signatures', () => {
    expect(rowState({ kind: 'trust_root' }, 'expired')).toBe('none');
    expect(rowState({ kind: 'subscriber' }, 'expired')).toBe('bad');
    expect(rowState({ kind: 'trust_root' }, 'soon')).toBe('warn');
  });

  it('has words for every kind and urgency, in both languages', () => {
    for (const locale of ['en', 'pt-BR'] as const) {
      useLocale(locale);
      for (const kind of ['root', 'intermediate', 'identity', 'subscriber', 'a1_file', 'crl', 'trust_root', 'trust_ca', 'heap']) expect(kindWord(kind)).not.toBe(kind);
      expect(new Set(URGENCIES.map((urgency) => urgencyWord(urgency).word)).size).toBe(5);
    }
  });
});

describe('the pretended office', () => {
  it('leaves out what was not asked for', async () => {
    const backend = new MockBackend({ start: 'production', pace: 0 });
    const all = (await backend.call('expiry_list', { days: null, expired: true, trust: true, heap: false })).items;
    expect(all.some(({ kind }) => kind === 'trust_root')).toBe(true);
    expect(all.map(({ not_after }) => not_after)).toEqual(all.map(({ not_after }) => not_after).toSorted());
    const few = (await backend.call('expiry_list', { days: 30, expired: false, trust: false, heap: false })).items;
    expect(few.length).toBeGreaterThan(0);
    expect(few.every(({ days_left, kind }) => days_left >= 0 && days_left <= 30 && kind !== 'trust_root')).toBe(true);
  });
});
