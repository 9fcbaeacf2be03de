import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const TEXT_PAIRS: [string, string][] = [
  ...['--ink', '--ink-2', '--ink-3', '--accent'].flatMap((ink): [string, string][] =>
    ['--desk', '--desk-deep', '--paper', '--paper-raised', '--paper-sunken', '--hover', '--selected'].map((ground) => [ink, ground]),
  ),
  ...['ok', 'warn', 'bad', 'unknown'].flatMap((verdict): [string, string][] =>
    [`--${verdict}-soft`, '--paper', '--paper-raised', '--paper-sunken', '--desk', '--selected', '--hover'].map((ground) => [`--${verdict}`, ground]),
  ),
  ['--ink', '--ok-soft'],
  ['--ink', '--warn-soft'],
  ['--ink', '--bad-soft'],
  ['--ink', '--unknown-soft'],
  ['--ink-2', '--ok-soft'],
  ['--ink-2', '--warn-soft'],
  ['--ink-2', '--bad-soft'],
  ['--ink-2', '--unknown-soft'],
  ['--accent-ink', '--accent'],
  ['--accent-ink', '--accent-hover'],
  ['--accent-ink', '--accent-press'],
  ['--gold-ink', '--paper'],
  ['--gold-ink', '--desk'],
];

const EDGE_PAIRS: [string, string][] = [
  ['--edge', '--paper'],
  ['--edge', '--paper-raised'],
  ['--edge', '--desk'],
  ['--focus', '--desk'],
  ['--focus', '--paper'],
];

const css = readFileSync('src/styles/tokens.css', 'utf8');

describe.each(['light', 'dark'])('%s theme', (theme) => {
  const colours = coloursOf(theme);

  it.each(TEXT_PAIRS)('%s is readable on %s', (ink, ground) => {
    expect(contrast(colours[ink], colours[ground])).toBeGreaterThanOrEqual(4.5);
  });

  it.each(EDGE_PAIRS)('%s can be told from %s', (edge, ground) => {
    expect(contrast(colours[edge], colours[ground])).toBeGreaterThanOrEqual(3);
  });
});

function coloursOf(theme: string): Record<string, string> {
  const block = new RegExp(`:root\\[data-theme='${theme}'\\] \\{([^}]*)\\}`).exec(css)?.[1] ?? '';
  return Object.fromEntries([...block.matchAll(/(--[\w-]+):\s*(#[0-9a-f]{6});/g)].map((match) => [match[1] ?? '', match[2] ?? '']));
}

function contrast(a: string | undefined, b: string | undefined): number {
  if (!a || !b) throw new Error('a token is missing');
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Relative luminance, WCAG 2.1. */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const channel = parseInt(hex.slice(start, start + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
