import { describe, expect, it } from 'vitest';

import { kmsKeys } from '../../backend/mock/keys';
import { checkIdentity, checkKey, refused } from './form';
import { ageWord, keyName, specWord, stateSentence } from './words';

const NOW = new Date('2026-11-21T12:00:00Z');

describe('words of a key', () => {
  it('says an age in the unit that fits', () => {
    expect(ageWord('2026-11-21T01:00:00Z', NOW)).toBe('hoje');
    expect(ageWord('2026-11-20T11:00:00Z', NOW)).toBe('1 dia');
    expect(ageWord('2026-10-01T12:00:00Z', NOW)).toBe('51 dias');
    expect(ageWord('2026-01-21T12:00:00Z', NOW)).toBe('9 meses');
    expect(ageWord('2023-11-01T12:00:00Z', NOW)).toBe('3 anos');
    expect(ageWord(null, NOW)).toBe('desconhecida');
  });

  it('names types and keys as people do', () => {
    expect(['RSA_3072', 'ECC_NIST_P384', 'ML_DSA_44'].map(specWord)).toEqual(['RSA 3072', 'ECC P-384', 'ML_DSA_44']);
    const [named, , , unnamed] = kmsKeys();
    expect(keyName(named!)).toBe('cartorio/assinatura-2026');
    expect(keyName(unnamed!)).toBeNull();
  });

  it('says what each state means', () => {
    expect(new Set(kmsKeys().map(stateSentence)).size).toBe(4);
  });
});

describe('forms', () => {
  it('takes the names that AWS takes', () => {
    for (const alias of ['assinatura-2026', 'cartorio/assinatura_1']) expect(checkKey({ alias, description: '' })).toEqual([]);
    for (const alias of ['', ' ', 'assinatura 2026', 'chão', 'aws/kms', 'x'.repeat(65)]) {
      expect(checkKey({ alias, description: '' }).map(({ field }) => field), alias).toEqual(['alias']);
    }
  });

  it('wants a label and a holder', () => {
    expect(checkIdentity({ label: '', holder: ' ' }).map(({ field }) => field)).toEqual(['label', 'holder']);
    expect(checkIdentity({ label: 'Tabeliã', holder: 'Helena' })).toEqual([]);
  });

  it('puts a taken name at its field', () => {
    const wire = { code: 'key_already_exists', params: {}, severity: 'error', retry: 'never', detail: '' } as const;
    expect(refused(wire, ['alias'])?.field).toBe('alias');
    expect(refused(wire, ['label'])).toBeNull();
  });
});
