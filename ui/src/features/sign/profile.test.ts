import { beforeAll, describe, expect, it } from 'vitest';
import type { SignFormat, SignLevel, SignPreview, SignProfile } from '../../generated/types';
import { useLocale } from '../../i18n';
import { askedLevel, cleaned, isPattern, isSimple, simpleProfile, wellFormed } from './profile';
import { howSentence } from './words';

const profile = (rest: Partial<SignProfile> = {}): SignProfile => ({ ...simpleProfile(), ...rest });
const preview = (formats: SignFormat[], level: SignLevel): SignPreview => ({
  legal: 'qualified',
  algorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
  items: formats.map((format, index) => ({ document: `d${index}`, format, level, output_name: 'x', remarks: [], problem: null })),
});

beforeAll(() => useLocale('pt-BR'));

describe('profile', () => {
  it('is simple until something is chosen', () => {
    expect(isSimple(profile())).toBe(true);
    expect(isSimple(profile({ content_hint: '  ', signer_location: { country: '', locality: ' ', postal_address: [''] } }))).toBe(true);
    expect(isSimple(profile({ level: 'b-t' }))).toBe(false);
    expect(isSimple(profile({ on_error: { document: 'stop', service: 'pause', key: 'pause', output: 'pause' } }))).toBe(false);
  });

  it('asks no level of what cannot have one', () => {
    expect(cleaned(profile({ format: 'raw', level: 'b-lta', policy: 'ad-rt' }))).toMatchObject({ level: 'b-b', policy: 'none' });
    expect(cleaned(profile({ role: 'countersign', level: 'b-t' })).level).toBe('b-b');
    expect(askedLevel(profile({ policy: 'ad-rc', level: 'b-b' }))).toBe('b-lt');
  });

  it('leaves out of a .p7s what only a PDF has', () => {
    const stamp = { template: 't', page: 1, x: 0, y: 0, width: 10, height: 10, may_cover: false };
    expect(cleaned(profile({ format: 'cades-detached', certify: 'no-changes', field: 'A', stamp }))).toMatchObject({ certify: null, field: null, stamp: null });
    expect(cleaned(profile({ stamp })).stamp).toEqual(stamp);
    // Whether it may cover what is in the field is for the person to say.
    expect(cleaned(profile({ stamp, field: 'A' })).stamp).toEqual(stamp);
  });

  it('locks fields only beside a signature in a field of its own', () => {
    const lock = { which: 'these' as const, fields: [' A ', ''] };
    expect(cleaned(profile({ lock })).lock).toEqual({ which: 'these', fields: ['A'] });
    expect(cleaned(profile({ lock, field: 'A' }))).not.toHaveProperty('lock');
    expect(cleaned(profile({ lock, format: 'raw' }))).not.toHaveProperty('lock');
    expect([isSimple(profile({ lock })), isSimple(profile({ lock: null }))]).toEqual([false, true]);
    expect([wellFormed(profile({ lock })), wellFormed(profile({ lock: { which: 'these', fields: [' '] } })), wellFormed(profile({ lock: { which: 'all', fields: [] } }))]).toEqual([true, false, true]);
    // What is not shown is not asked for: a field has its own lock, and only a PDF has fields.
    const unnamed = { which: 'these' as const, fields: [] };
    expect([wellFormed(profile({ lock: unnamed, field: 'Assinatura2' })), wellFormed(profile({ lock: unnamed, format: 'cades-detached' }))]).toEqual([true, true]);
  });

  it('knows what a file name cannot hold', () => {
    expect([isPattern(''), isPattern('{nome}-assinado'), isPattern('assinado'), isPattern('../{nome}')]).toEqual([true, true, false, false]);
    expect(wellFormed(profile({ mime_type: 'pdf' }))).toBe(false);
    expect(wellFormed(profile({ mime_type: 'application/pdf', signer_location: { country: 'br', locality: null, postal_address: [] } }))).toBe(true);
  });
});

describe('the sentence', () => {
  it.each([
    ['b-b', {}, 'PAdES B-B, visível no Adobe, sem carimbo do tempo, com RSA PKCS#1 v1.5, SHA-256.'],
    ['b-t', { level: 'b-t' }, 'PAdES B-T, visível no Adobe, com carimbo do tempo, com RSA PKCS#1 v1.5, SHA-256.'],
    ['b-lta', { level: 'b-lta' }, 'PAdES B-LTA, visível no Adobe, com carimbo do tempo, evidências e carimbo de arquivo'],
    ['b-t', { policy: 'ad-rt' }, 'PAdES AD-RT da ICP-Brasil, com carimbo do tempo'],
    ['b-b', { certify: 'no-changes' }, 'Certifica o documento: depois disso nada pode mudar.'],
    ['b-b', { field: 'Tabelião' }, 'No campo «Tabelião».'],
    ['b-b', { stamp: { template: 't', page: -1, x: 0, y: 0, width: 1, height: 1, may_cover: false } }, 'Com carimbo visível na última página.'],
  ] as [SignLevel, Partial<SignProfile>, string][])('says what is made: %s %o', (level, rest, words) => {
    expect(howSentence(preview(['pades'], level), profile(rest))).toContain(words);
  });

  it('never says Adobe of a policy, nor of a .p7s', () => {
    expect(howSentence(preview(['pades'], 'b-b'), profile({ policy: 'ad-rb' }))).not.toContain('visível no Adobe');
    expect(howSentence(preview(['cades-detached'], 'b-b'), profile())).not.toContain('Adobe');
    expect(howSentence(preview(['raw'], 'b-b'), profile({ format: 'raw' }))).toContain('recibo');
  });

  it('says both of a mixed pile, with the lowest level', () => {
    const mixed = preview(['pades', 'cades-detached'], 'b-t');
    expect(howSentence(mixed, profile({ level: 'b-t' }))).toContain('B-T, com carimbo do tempo');
    expect(howSentence({ ...mixed, items: mixed.items.map((item, index) => ({ ...item, level: index === 0 ? 'b-b' : 'b-t' })) }, profile({ level: 'b-t' }))).toContain('B-B, sem carimbo do tempo');
  });
});
