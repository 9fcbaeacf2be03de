import { describe, expect, it } from 'vitest';

import { kmsKeys, localKeys, manyKeys } from '../../backend/mock/keys';
import { useLocale } from '../../i18n';
import { reviewSentence, specHint } from './create-words';
import { dueOf, dueReason } from './due';
import { NO_FILTER, filterKeys, isFiltered, sortKeys } from './filter';
import { DELETION, PERIOD, TRANSITION, checkAlias, checkDays, checkIdentity, checkKey, checkReason, checkTag, isOfficeTag, mayHold, refused, specsFor } from './form';
import { rowsInView } from './window';
import { ageWord, agoWord, dueWord, keyName, keyTitle, placeWord, specWord, stateSentence } from './words';

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

  it('says how long ago it was used', () => {
    expect(agoWord(null, NOW)).toBe('nunca');
    expect(agoWord('2026-11-21T01:00:00Z', NOW)).toBe('hoje');
    expect(agoWord('2026-11-11T01:00:00Z', NOW)).toBe('há 10 dias');
  });

  it('names types and keys as people do', () => {
    expect(['RSA_3072', 'ECC_NIST_P384', 'ECC_NIST_EDWARDS25519', 'ML_DSA_44', 'SOMETHING_NEW'].map(specWord)).toEqual(['RSA 3072', 'ECC P-384', 'Ed25519', 'ML-DSA-44', 'SOMETHING_NEW']);
    const [named, , , unnamed] = kmsKeys();
    expect(keyName(named!)).toBe('cartorio/assinatura-2026');
    expect(keyName(unnamed!)).toBeNull();
    expect(keyTitle(unnamed!)).toBe('d2c4a6a9');
    expect(placeWord(named!)).toBe('AWS KMS, sa-east-1');
    expect(placeWord(localKeys()[0]!)).toBe('Esta máquina');
  });

  it('says what each state means', () => {
    // Two of the six sign, the others differ.
    expect(new Set(kmsKeys().map(stateSentence)).size).toBe(4);
  });
});

describe('the change of a key', () => {
  const key = (created_at: string | null, due_at: string | null) => ({ created_at, due_at });

  it('stands where its days are', () => {
    expect(dueOf(key('2026-01-01T12:00:00Z', null), NOW)).toEqual({ state: 'none', fraction: 0, days: 0 });
    expect(dueOf(key('2026-11-21T12:00:00Z', '2027-11-21T12:00:00Z'), NOW)).toEqual({ state: 'fine', fraction: 0, days: 365 });
    expect(dueOf(key('2026-11-11T12:00:00Z', '2026-12-01T12:00:00Z'), NOW)).toEqual({ state: 'soon', fraction: 0.5, days: 10 });
    expect(dueOf(key('2025-11-01T12:00:00Z', '2026-11-01T12:00:00Z'), NOW)).toEqual({ state: 'due', fraction: 1, days: 20 });
  });

  it('is judged without a date of birth too', () => {
    expect(dueOf(key(null, '2026-12-01T12:00:00Z'), NOW)).toMatchObject({ state: 'soon', fraction: 1 });
  });

  it('warns on the thirtieth day before, not on the one before that', () => {
    expect(dueOf(key(null, '2026-12-21T12:00:00Z'), NOW).state).toBe('soon');
    expect(dueOf(key(null, '2026-12-22T12:00:00Z'), NOW).state).toBe('fine');
  });

  it('says it in words', () => {
    const say = (due_at: string | null) => dueWord(dueOf(key('2026-01-01T12:00:00Z', due_at), NOW));
    expect(say(null)).toBe('');
    expect(say('2026-12-01T12:00:00Z')).toBe('trocar em 10 dias');
    expect(say('2026-11-21T11:00:00Z')).toBe('trocar hoje');
    expect(say('2026-08-01T12:00:00Z')).toBe('troca atrasada 3 meses');
  });

  it('tells age from the end of the certificate', () => {
    expect(dueReason(key('2026-01-01T12:00:00Z', '2027-01-01T12:00:00Z'), 365)).toBe('age');
    expect(dueReason(key('2026-01-01T12:00:00Z', '2026-10-01T12:00:00Z'), 365)).toBe('certificate');
    expect(dueReason(key(null, '2026-10-01T12:00:00Z'), 365)).toBe('certificate');
  });
});

describe('the list', () => {
  const keys = kmsKeys();
  const found = (filter: Partial<typeof NO_FILTER>, tags = new Map()) => filterKeys(keys, { ...NO_FILTER, ...filter }, tags).map(keyTitle);

  it('finds by name, identifier, identity, description and tag, without accents', () => {
    expect(found({ text: 'ASSINATURA p256' })).toEqual(['cartorio/assinatura-p256']);
    expect(found({ text: '8f3c1c1e' })).toEqual(['cartorio/assinatura-2026']);
    expect(found({ text: 'cartorio do 1º oficio' })).toEqual(['cartorio/assinatura-2026']);
    expect(found({ text: 'cifra dos' })).toEqual(['cartorio/cofre']);
    expect(found({ text: 'protesto' })).toEqual([]);
    expect(found({ text: 'protesto' }, new Map([[keys[1]!.key_ref, [{ name: 'Setor', value: 'Protesto' }]]]))).toEqual(['cartorio/assinatura-p256']);
  });

  it('narrows by place, state, use and what is to be changed', () => {
    expect(found({ origin: 'local' })).toEqual(['carimbo-interno']);
    expect(found({ state: 'disabled' })).toEqual(['cartorio/assinatura-2025']);
    expect(found({ usage: 'seal' })).toEqual(['cartorio/cofre']);
    expect(found({ due: true })).toEqual(['cartorio/assinatura-2026', 'carimbo-interno']);
    expect(found({ origin: 'local', state: 'disabled' })).toEqual([]);
  });

  it('knows whether it is narrowed at all', () => {
    expect(isFiltered({ ...NO_FILTER, text: '  ' })).toBe(false);
    expect(isFiltered({ ...NO_FILTER, due: true })).toBe(true);
  });

  it('orders by name, age and use, and puts what has no value last both ways', () => {
    expect(sortKeys(keys, null, false)).toEqual(keys);
    expect(sortKeys(keys, 'name', false).map(keyTitle)).toEqual(['carimbo-interno', 'cartorio/assinatura-2025', 'cartorio/assinatura-2026', 'cartorio/assinatura-p256', 'cartorio/cofre', 'd2c4a6a9']);
    expect(keyTitle(sortKeys(keys, 'name', true).at(-1)!)).toBe('d2c4a6a9');
    expect(keyTitle(sortKeys(keys, 'age', false)[0]!)).toBe('d2c4a6a9');
    expect(sortKeys(keys, 'used', true).map(keyTitle).slice(0, 3)).toEqual(['cartorio/assinatura-2026', 'carimbo-interno', 'cartorio/assinatura-2025']);
  });

  it('draws only what is in view of a long list', () => {
    const count = manyKeys(1_000).length;
    const first = rowsInView({ count, top: 0, height: 30, row: 3 });
    expect(first.from).toBe(0);
    expect(first.until).toBeLessThan(40);
    const deep = rowsInView({ count, top: 1_500, height: 30, row: 3 });
    expect(deep.from).toBeLessThanOrEqual(500);
    expect(deep.until).toBeGreaterThanOrEqual(510);
    expect(deep.until - deep.from).toBeLessThan(50);
    expect(rowsInView({ count, top: 1e9, height: 30, row: 3 })).toEqual({ from: 988, until: 1_000 });
    expect(rowsInView({ count: 3, top: 0, height: 0, row: 3 })).toEqual({ from: 0, until: 3 });
  });
});

describe('forms', () => {
  it('takes the names that AWS takes', () => {
    for (const alias of ['assinatura-2026', 'cartorio/assinatura_1']) expect(checkKey({ alias, description: '' })).toEqual([]);
    for (const alias of ['', ' ', 'assinatura 2026', 'chão', 'aws/kms', 'x'.repeat(65)]) {
      expect(checkKey({ alias, description: '' }).map(({ field }) => field), alias).toEqual(['alias']);
      expect(checkAlias(alias), alias).not.toBeNull();
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

  it.each([
    [DELETION, ['7', '30', ' 10 '], ['6', '31', '', 'sete', '7.5', '-7', '1e1']],
    [TRANSITION, ['0', '365'], ['366', '-1']],
    [PERIOD, ['90', '2560'], ['89', '2561']],
  ])('keeps days within %o', (limits, good, bad) => {
    for (const days of good) expect(checkDays(days, limits), days).toBeNull();
    for (const days of bad) expect(checkDays(days, limits), days).not.toBeNull();
  });

  it('wants a reason that fits the trail', () => {
    expect(checkReason(' ')).not.toBeNull();
    expect(checkReason('x'.repeat(501))).not.toBeNull();
    expect(checkReason('Chave antiga')).toBeNull();
  });

  it("leaves the office's tags and AWS's alone", () => {
    expect(checkTag({ name: 'Setor', value: '' })).toBeNull();
    expect(['', 'Sistema', 'Uso', 'aws:x', 'x'.repeat(129)].map((name) => checkTag({ name, value: '' })?.field)).toEqual(['name', 'name', 'name', 'name', 'name']);
    expect(checkTag({ name: 'Setor', value: 'x'.repeat(257) })?.field).toBe('value');
    expect(isOfficeTag('Ambiente')).toBe(true);
  });

  it('offers what a place makes', () => {
    expect(specsFor('aws').filter(({ documents }) => !documents).map(({ spec }) => spec)).toContain('ML_DSA_65');
    expect(specsFor('token').every(({ documents }) => documents)).toBe(true);
    expect([mayHold('token', 'seal'), mayHold('token', 'sign'), mayHold('local', 'seal')]).toEqual([false, true, true]);
    for (const { spec } of specsFor('local')) expect(specHint(spec), spec).not.toBeNull();
  });

  it('says before what it will make', () => {
    const review = { usage: 'sign', spec: 'RSA_3072', place: 'AWS KMS', alias: 'balcao', multiRegion: true } as const;
    expect(reviewSentence(review)).toBe('Uma chave de assinatura RSA 3072, «balcao». Lugar: AWS KMS. Poderá ser copiada para outras regiões.');
    expect(reviewSentence({ ...review, usage: 'seal', alias: '', multiRegion: false })).toBe('Uma chave para selar arquivos, ainda sem nome. Lugar: AWS KMS.');
    useLocale('en');
    expect(reviewSentence({ ...review, multiRegion: false })).toBe('A signing key RSA 3072, «balcao». Place: AWS KMS.');
    useLocale('pt-BR');
  });
});
