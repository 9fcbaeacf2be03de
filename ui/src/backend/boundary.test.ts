import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

import { describe, expect, it } from 'vitest';

// Vitest runs in the folder of package.json.
const SOURCE = join(process.cwd(), 'src');

describe('the border to the desktop program', () => {
  it('is crossed in src/backend and nowhere else', () => {
    const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(ts|js|svelte)$/.test(file));
    const crossing = files.filter((file) => readFileSync(join(SOURCE, file), 'utf8').includes('@tauri-' + 'apps'));
    expect(crossing.map((file) => relative(SOURCE, join(SOURCE, file)).split(sep).join('/'))).toEqual(['backend/tauri.ts']);
  });
});
