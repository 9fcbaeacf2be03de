import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import ptBR from '../../messages/pt-BR.json';
import { isSaid } from '../features/audit/facts';

/** Folders whose files only hold texts, or are made from elsewhere. */
const NOT_OURS = new Set(['paraglide', 'generated', 'node_modules']);

it('shows every message somewhere', () => {
  const sources = filesUnder('src').map((file) => readFileSync(file, 'utf8'));
  const named = new Set(sources.flatMap((source) => [...source.matchAll(/\bm\.(\w+)/g)].map((match) => match[1] ?? '')));
  const built = sources.flatMap((source) => [...source.matchAll(/`(\w{2,}_\$\{[^`]*)`/g)].map((match) => match[1] ?? ''));
  // Parameters of errors that are codes: word('tries', 'err_reason_tries').
  const prefixes = sources.flatMap((source) => [...source.matchAll(/\bword\('\w+', '(\w+)'\)/g)].map((match) => `${match[1]}_`));
  // Facts of the trail that are codes: coded('audit_kind', 'evidence_kind').
  for (const source of sources) for (const [, list = ''] of source.matchAll(/\bcoded\(('[^)]*')\)/g)) prefixes.push(...[...list.matchAll(/'(\w+)'/g)].map((match) => `${match[1]}_`));
  // A prefix that a whole area has, like `audit_`, would hide every unused text of it.
  expect(prefixes.filter((prefix) => !/\w_\w/.test(prefix))).toEqual([]);
  const patterns = [...built.map(patternOf), ...prefixes.map((prefix) => new RegExp(`^${prefix}`))];
  const shown = (key: string): boolean => {
    const [, fact] = /^audit_fact_(.+)$/.exec(key) ?? [];
    return fact === undefined ? named.has(key) || patterns.some((pattern) => pattern.test(key)) : isSaid(fact);
  };
  const unused = Object.keys(ptBR).filter((key) => !shown(key));
  expect(unused).toEqual([]);
});

/** A template literal as a pattern of the keys that it can become. */
function patternOf(literal: string): RegExp {
  const parts = literal.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.+')}$`);
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : filesUnder(path);
    return /\.(ts|svelte)$/.test(entry.name) && !entry.name.endsWith('.test.ts') ? [path] : [];
  });
}
