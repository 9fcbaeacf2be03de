import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TestId } from './testids';

const sources = svelteFiles('src').map((file) => readFileSync(file, 'utf8'));
const literals = new Set(sources.flatMap((source) => [...source.matchAll(/[tT]estid(?:=|: ?)\{?["'`]([^"'`]+)["'`]/g)].map((match) => match[1] ?? '')));
const members = new Set(sources.flatMap((source) => [...source.matchAll(/TestId\.(\w+)/g)].map((match) => match[1] ?? '')));

describe('test ids', () => {
  it('are all in the shared list', () => {
    const known: string[] = Object.values(TestId);
    const missing = [...literals].filter((literal) => !known.some((id) => matches(literal, id)));
    expect(missing).toEqual([]);
  });

  it('are all on some element', () => {
    const rail = readFileSync('src/app/rail.ts', 'utf8');
    const lost = Object.entries(TestId).filter(
      ([name, id]) => !members.has(name) && !rail.includes(`TestId.${name}`) && ![...literals].some((literal) => matches(literal, id)) && !sources.some((source) => source.includes(`= '${id}'`)),
    );
    expect(lost).toEqual([]);
  });

  it('are each used for one thing', () => {
    expect(new Set(Object.values(TestId)).size).toBe(Object.values(TestId).length);
  });
});

/** Whether a literal, possibly with `${…}` in it, can be this id. */
function matches(literal: string, id: string): boolean {
  const pattern = literal
    .split(/\$\{[^}]*\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.+');
  return new RegExp(`^${pattern}$`).test(id);
}

function svelteFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return svelteFiles(path);
    return entry.name.endsWith('.svelte') ? [path] : [];
  });
}
