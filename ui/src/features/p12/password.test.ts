import { describe, expect, it } from 'vitest';

import { LENGTHS, MINIMUM_SCORE, estimate, generate, isPlainAscii } from './password';

describe('estimate', () => {
  it.each(['', 'a', '123456', '123456789012', 'senha123', 'Senha@2026', 'aaaaaaaaaaaaaaaa', 'qwertyuiop12', 'cartorio2026', 'C4rt0r10#2026', 'abcabcabcabc', 'flamengo1981', '14/03/1976', 'P4ssw0rd1234'])(
    'calls «%s» weak',
    (password) => {
      expect(estimate(password).score).toBeLessThan(MINIMUM_SCORE);
    },
  );

  it.each(['Hm7+xq3RkTw9=Ngp', 'cavalo bateria grampo correto nuvem', 'xkqzvb-mtrwhn-pgfdkc'])('calls «%s» strong', (password) => {
    expect(estimate(password).score).toBeGreaterThanOrEqual(3);
    expect(estimate(password).advice).toEqual([]);
  });

  it('says what is wrong, the worst first', () => {
    expect(estimate('senha').advice).toEqual(['common', 'short']);
    expect(estimate('abcdefgh').advice[0]).toBe('sequence');
    expect(estimate('xxxxxxxxxxxx').advice[0]).toBe('repeat');
    expect(estimate('xk7q').advice).toEqual(['short']);
  });

  it("knows the person's own data, accents and capitals or not", () => {
    const own = ['Ana Beatríz Nogueira', 'ana.nogueira@exemplo.example', '111.444.777-35'];
    expect(estimate('nogueirabeatriz', own).score).toBe(0);
    expect(estimate('NOGUEIRA-11144477735', own).advice).toContain('name');
    expect(estimate('nogueirabeatriz', own).bits).toBeLessThan(estimate('nogueirabeatriz').bits);
  });

  it('never gets weaker by a random character more', () => {
    let password = '';
    let bits = 0;
    for (const character of 'Hm7+xq3RkTw9=Ngp') {
      password += character;
      expect(estimate(password).bits).toBeGreaterThan(bits);
      bits = estimate(password).bits;
    }
  });

  it('has an answer for absurd input', () => {
    const { score, bits } = estimate('abcdefgh1234'.repeat(40));
    expect(score).toBeGreaterThanOrEqual(0);
    expect(Number.isFinite(bits)).toBe(true);
  });
});

describe('generate', () => {
  it.each(LENGTHS)('makes %i very strong characters that nobody confuses', (length) => {
    const password = generate(length);
    expect(password).toHaveLength(length);
    expect(password).not.toMatch(/[0Oo1lIi|5Ss8B2ZzUVuv]/);
    expect(isPlainAscii(password)).toBe(true);
    expect(estimate(password).score).toBeGreaterThanOrEqual(3);
  });

  it('uses its alphabet evenly', () => {
    const counts = new Map<string, number>();
    for (const character of generate(20_000)) counts.set(character, (counts.get(character) ?? 0) + 1);
    const expected = 20_000 / counts.size;
    // Six standard deviations of a binomial: a bias by the modulus would be far beyond it.
    for (const [character, count] of counts) expect(Math.abs(count - expected), character).toBeLessThan(6 * Math.sqrt(expected));
  });
});

describe('isPlainAscii', () => {
  it('tells what Java-based signers cannot open', () => {
    expect(isPlainAscii('Abc 123 ~!')).toBe(true);
    expect(isPlainAscii('Açúcar123456')).toBe(false);
    expect(isPlainAscii('tab\there')).toBe(false);
  });
});
