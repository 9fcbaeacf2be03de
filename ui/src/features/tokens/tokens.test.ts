import { describe, expect, it } from 'vitest';

import { a1State } from '../a1/words';
import { isBareValue, verifyWords } from '../files/words';
import { tokenSentence, tokenState } from './words';

const token = { locked: false, initialised: true, logged_in: false, tries: 'full' };

describe('how a token stands', () => {
  it.each([
    [{}, 'fechado', 'none'],
    [{ logged_in: true }, 'aberto com o PIN', 'ok'],
    [{ tries: 'few' }, 'já houve PIN errado', 'warn'],
    [{ tries: 'last' }, 'última tentativa do PIN', 'bad'],
    [{ locked: true, logged_in: true }, 'bloqueado', 'bad'],
    [{ initialised: false, locked: true }, 'nunca foi preparado', 'none'],
  ])('says %o', (rest, word, state) => {
    expect(tokenState({ ...token, ...rest })).toEqual({ word, state });
  });

  it('says what to do only where there is something to do elsewhere', () => {
    expect(tokenSentence(token)).toBeNull();
    expect(tokenSentence({ ...token, locked: true })).toContain('PUK');
  });
});

describe('how an A1 file stands', () => {
  const now = new Date('2026-11-21T12:00:00Z');
  const file = { present: true, not_after: '2027-01-01T00:00:00Z', password_kept: false };

  it('puts what hinders signing first', () => {
    expect(a1State(file, now).state).toBe('ok');
    expect(a1State({ ...file, password_kept: true }, now).word).not.toBe(a1State(file, now).word);
    expect(a1State({ ...file, not_after: '2026-01-01T00:00:00Z' }, now).state).toBe('bad');
    expect(a1State({ ...file, not_after: '2026-01-01T00:00:00Z', present: false }, now).word).toBe(a1State({ ...file, present: false }, now).word);
  });
});

describe('the verdict on a bare signature', () => {
  it('is green only where value and key are right', () => {
    expect(verifyWords({ valid: true, reason: null, known_key: true }).state).toBe('ok');
    expect(verifyWords({ valid: true, reason: null, known_key: false }).state).toBe('warn');
    for (const reason of ['digest_differs', 'signature_wrong', 'key_differs', 'receipt_contradicts', 'brand_new', null]) {
      expect(verifyWords({ valid: false, reason, known_key: true }).state, String(reason)).toBe('bad');
    }
  });

  it('asks for a key where the file has no receipt', () => {
    expect(['a.sig', 'a.sig.json', 'A.JSON'].map(isBareValue)).toEqual([true, false, false]);
  });
});
