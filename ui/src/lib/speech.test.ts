import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { speech, spoken } from './speech.svelte';

const said = (): string[] => speech.lines.map(({ words }) => words);

describe('what is read out', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function shown(html: string): HTMLElement {
    const element = document.createElement('div');
    element.innerHTML = html;
    document.body.append(element);
    return element;
  }

  it('is said once it stays, part by part, and no longer when it is gone', () => {
    const gone = spoken(shown('<h2>Íntegro</h2><p>Nada  mudou\n desde a assinatura.</p>'));
    expect(said()).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(said()).toEqual(['Íntegro Nada mudou desde a assinatura.']);
    gone();
    expect(said()).toEqual([]);
  });

  it('leaves out what was there for a moment only', () => {
    spoken(shown('Buscando…'))();
    vi.advanceTimersByTime(1000);
    expect(said()).toEqual([]);
  });

  it('says what changes as a line of its own, beside what others say', async () => {
    const element = shown('1 de 3');
    const [first, second] = [spoken(element), spoken(shown('Pronto'))];
    vi.advanceTimersByTime(200);
    const { id } = speech.lines[0]!;
    element.textContent = '2 de 3';
    await Promise.resolve();
    vi.advanceTimersByTime(200);
    expect(said()).toEqual(['Pronto', '2 de 3']);
    expect(speech.lines.some((line) => line.id === id)).toBe(false);
    first();
    second();
  });
});
