import { describe, expect, it } from 'vitest';
import { daysBetween, formatCpf, formatDate, formatDateTime, formatInstant, formatBytes, groupHash, isCpf, maskCpf, shortHash } from './format';

const INSTANT = '2026-11-21T17:32:07Z';
const ZONE = 'America/Sao_Paulo';

describe('dates', () => {
  it('shows day first in both languages, with the month in letters in English', () => {
    expect(formatDateTime(INSTANT, 'pt-BR', ZONE)).toBe('21/11/2026 14:32');
    expect(formatDateTime(INSTANT, 'en', ZONE)).toBe('21 Nov 2026, 14:32');
    expect(formatDate(INSTANT, 'pt-BR', ZONE)).toBe('21/11/2026');
  });

  it('moves the day with the zone', () => {
    expect(formatDate('2026-11-21T01:00:00Z', 'pt-BR', ZONE)).toBe('20/11/2026');
  });

  it('names the zone and the seconds on hover', () => {
    expect(formatInstant(INSTANT, 'pt-BR', ZONE)).toBe('21/11/2026 14:32:07 GMT-3 (America/Sao_Paulo)');
  });

  it('leaves what is no date as it is', () => {
    expect(formatDateTime('ontem', 'pt-BR', ZONE)).toBe('ontem');
  });

  it('counts whole days, downwards when past', () => {
    const now = new Date(INSTANT);
    expect(daysBetween(now, '2026-11-22T17:32:07Z')).toBe(1);
    expect(daysBetween(now, '2026-11-22T17:32:06Z')).toBe(0);
    expect(daysBetween(now, '2026-11-21T17:32:06Z')).toBe(-1);
  });
});

describe('sizes', () => {
  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [2_449_000, '2,4 MB'],
    [245_000_000, '245 MB'],
  ])('%i bytes', (bytes, text) => {
    expect(formatBytes(bytes, 'pt-BR')).toBe(text);
  });
});

describe('hashes', () => {
  const hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

  it('groups by four', () => {
    expect(groupHash('e3b0c44298')).toBe('e3b0 c442 98');
    expect(groupHash('E3:B0:C4:42')).toBe('E3B0 C442');
  });

  it('shortens to the first and the last eight', () => {
    expect(shortHash(hash)).toBe('e3b0 c442 … 7852 b855');
    expect(shortHash('e3b0c442')).toBe('e3b0 c442');
  });
});

describe('CPF', () => {
  it('hides the first three digits and the check digits', () => {
    expect(maskCpf('529.982.247-25')).toBe('***.982.247-**');
    expect(maskCpf('52998224725')).not.toContain('529');
    expect(maskCpf('12')).toBe('***.***.***-**');
  });

  it('punctuates while it is typed', () => {
    expect(formatCpf('5299')).toBe('529.9');
    expect(formatCpf('52998224725')).toBe('529.982.247-25');
    expect(formatCpf('529982247259999')).toBe('529.982.247-25');
  });

  it('knows the check digits', () => {
    expect(isCpf('529.982.247-25')).toBe(true);
    expect(isCpf('529.982.247-24')).toBe(false);
    expect(isCpf('111.111.111-11')).toBe(false);
    expect(isCpf('5299822472')).toBe(false);
  });
});
