import { describe, expect, it } from 'vitest';
import en from '../../messages/en.json';
import ptBR from '../../messages/pt-BR.json';

describe('messages', () => {
  it('has the same keys in both languages', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(ptBR).sort());
  });

  it('names the same parameters in both languages', () => {
    const english: Record<string, string> = en;
    for (const [key, text] of Object.entries(ptBR)) {
      expect(parameters(english[key] ?? ''), key).toEqual(parameters(text));
    }
  });

  it('leaves no text empty', () => {
    const empty = [...Object.entries(ptBR), ...Object.entries(en)].filter(([, text]) => text.trim() === '');
    expect(empty).toEqual([]);
  });
});

function parameters(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ''))].sort();
}
