import { COMMON_WORDS } from './common';

/** What would help most to make a password better. */
export type Advice = 'short' | 'common' | 'name' | 'sequence' | 'repeat' | 'date' | 'word';

/** How hard a password is to guess. */
export interface Strength {
  /** 0 very weak to 4 very strong. */
  score: 0 | 1 | 2 | 3 | 4;
  /** Estimated bits of guessing work, without the file's own key stretching. */
  bits: number;
  /** What makes it weak, the worst first; empty from score 3 on. */
  advice: Advice[];
}

/** Below this length no password is accepted for a file that leaves the office. */
export const MINIMUM_LENGTH = 12;

/** Below this score neither. */
export const MINIMUM_SCORE = 2;

/** Lengths that the generator offers. */
export const LENGTHS = [16, 20, 24, 32] as const;

// Nothing that is taken for something else when read aloud or copied by hand: no 0 O o, 1 l I i, 5 S s, 8 B, 2 Z z, U V u v.
const ALPHABET = 'ACDEFGHJKLMNPQRTWXYabcdefghjkmnpqrtwxy34679-+=@#%';

const SEQUENCES = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', '1qaz2wsx3edc4rfv5tgb', '!@#$%&*()'];
const LEET: Record<string, string> = { '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '8': 'b', '@': 'a', $: 's', '!': 'i' };
const THRESHOLDS = [25, 40, 55, 72];
const BITS_PER_LETTER_OF_A_WORD = 2.5;
const BITS_PER_CHARACTER = 4.7;

interface Piece {
  end: number;
  bits: number;
  advice: Advice | null;
}

/**
 * Estimates the strength of a password by the cheapest way to put it together from known pieces: well-known words, the
 * person's own data, sequences, repetitions, dates, anything that sounds like a word, and single characters.
 */
export function estimate(password: string, own: readonly string[] = []): Strength {
  const text = [...password];
  const personal = new Set(own.flatMap((value) => parts(value)));
  const best: { bits: number; from: number; advice: Advice | null }[] = [{ bits: 0, from: -1, advice: null }];
  for (let start = 0; start < text.length; start += 1) {
    const reached = best[start];
    if (reached === undefined) continue;
    for (const piece of piecesFrom(text, start, personal)) {
      const bits = reached.bits + piece.bits;
      const known = best[piece.end];
      if (known === undefined || bits < known.bits) best[piece.end] = { bits, from: start, advice: piece.advice };
    }
  }
  const bits = best[text.length]?.bits ?? 0;
  const score = THRESHOLDS.filter((threshold) => bits >= threshold).length as Strength['score'];
  if (score >= 3) return { score, bits, advice: [] };
  const found: Advice[] = [];
  for (let at = text.length; at > 0; at = best[at]!.from) if (best[at]!.advice !== null) found.unshift(best[at]!.advice!);
  const ranked: Advice[] = ['common', 'name', 'sequence', 'repeat', 'date', 'word'];
  const advice = ranked.filter((entry) => found.includes(entry));
  if (advice.length === 0 || text.length < MINIMUM_LENGTH) advice.push('short');
  return { score, bits, advice };
}

/** Makes a password of the given length out of about 5.6 bits a character. */
export function generate(length: number): string {
  // Bytes beyond the last whole multiple would favour the first characters.
  const limit = 256 - (256 % ALPHABET.length);
  let password = '';
  while (password.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length * 2))) {
      if (byte < limit && password.length < length) password += ALPHABET[byte % ALPHABET.length];
    }
  }
  return password;
}

/** Whether every program that reads P12 files takes the password; Java refuses anything beyond ASCII. */
export function isPlainAscii(password: string): boolean {
  return /^[\x20-\x7e]*$/.test(password);
}

function piecesFrom(text: string[], start: number, personal: ReadonlySet<string>): Piece[] {
  const pieces: Piece[] = [{ end: start + 1, bits: BITS_PER_CHARACTER, advice: null }];
  const rest = text.slice(start);
  const plain = rest.map(bare);
  for (let length = 3; length <= Math.min(rest.length, 30); length += 1) {
    const word = plain.slice(0, length).join('');
    const read = plain.slice(0, length).map((character) => LEET[character] ?? character).join('');
    const disguise = rest.slice(0, length).filter((character, index) => character !== plain[index]).length > 0 || word !== read ? 2 : 0;
    if (personal.has(word)) pieces.push({ end: start + length, bits: 4 + disguise, advice: 'name' });
    else if (COMMON_WORDS.has(word) || COMMON_WORDS.has(read)) pieces.push({ end: start + length, bits: 9 + disguise, advice: 'common' });
  }
  const run = sequenceLength(plain);
  if (run >= 3) pieces.push({ end: start + run, bits: 5 + Math.log2(run), advice: 'sequence' });
  const repeat = repetition(plain);
  if (repeat >= 3) pieces.push({ end: start + repeat, bits: BITS_PER_CHARACTER + Math.log2(repeat), advice: 'repeat' });
  const date = /^(?:[0-3]?\d[/.-]?[01]?\d[/.-]?)?(?:19|20)\d\d/.exec(plain.join(''))?.[0] ?? /^[0-3]\d[01]\d\d\d(?!\d)/.exec(plain.join(''))?.[0];
  if (date !== undefined) pieces.push({ end: start + date.length, bits: date.length <= 4 ? 6.5 : 15, advice: 'date' });
  const sounds = /^[a-z]+/.exec(plain.join(''))?.[0] ?? '';
  for (let length = 5; length <= sounds.length; length += 1) {
    if (!isPronounceable(sounds.slice(0, length))) continue;
    // Capitals inside a word are chosen one by one.
    const capitals = rest.slice(1, length).filter((character) => character !== character.toLowerCase()).length;
    pieces.push({ end: start + length, bits: 2 + length * BITS_PER_LETTER_OF_A_WORD + Math.min(capitals, length - capitals) * 2, advice: 'word' });
  }
  return pieces;
}

function bare(character: string): string {
  return character.normalize('NFD')[0]!.toLowerCase();
}

function sequenceLength(plain: string[]): number {
  let longest = 0;
  for (const line of SEQUENCES) {
    for (const path of [line, [...line].reverse().join('')]) {
      const at = path.indexOf(plain[0]!);
      if (at < 0) continue;
      let length = 0;
      while (length < plain.length && path[at + length] === plain[length]) length += 1;
      longest = Math.max(longest, length);
    }
  }
  return longest;
}

/** Characters covered by a block of one to four that repeats from the start. */
function repetition(plain: string[]): number {
  let longest = 0;
  for (let block = 1; block <= 4; block += 1) {
    let length = block;
    while (length < plain.length && plain[length] === plain[length - block]) length += 1;
    if (length >= block * 2 && length >= 3) longest = Math.max(longest, length);
  }
  return longest;
}

function isPronounceable(letters: string): boolean {
  const vowels = letters.match(/[aeiouy]/g)?.length ?? 0;
  const share = vowels / letters.length;
  return share >= 0.25 && share <= 0.75 && !/[^aeiouy]{4}|[aeiouy]{4}/.test(letters);
}

function parts(value: string): string[] {
  return [...value]
    .map(bare)
    .join('')
    .split(/[^a-z0-9]+/)
    .flatMap((part) => [part, part.replace(/\D/g, '')])
    .filter((part) => part.length >= 3);
}
