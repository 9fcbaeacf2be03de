import type { Locale } from '../generated/types';
import { locale as active } from '../i18n/locale.svelte';

/** `21/11/2026 14:32`, in English `21 Nov 2026, 14:32`; the instant as given where it is no date. */
export function formatDateTime(instant: string, locale: Locale = active.current, timeZone?: string): string {
  const date = parse(instant);
  if (!date) return instant;
  return `${formatDate(instant, locale, timeZone)}${locale === 'en' ? ', ' : ' '}${timeOf(date, timeZone)}`;
}

/** `21/11/2026`, in English `21 Nov 2026`. */
export function formatDate(instant: string, locale: Locale = active.current, timeZone?: string): string {
  const date = parse(instant);
  if (!date) return instant;
  const month = locale === 'en' ? 'short' : '2-digit';
  const parts = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : 'pt-BR', { day: '2-digit', month, year: 'numeric', timeZone }).formatToParts(date);
  const part = (type: string): string => parts.find((found) => found.type === type)?.value ?? '';
  return [part('day'), part('month'), part('year')].join(locale === 'en' ? ' ' : '/');
}

/** `14:32`. */
export function formatTime(instant: string, timeZone?: string): string {
  const date = parse(instant);
  return date ? timeOf(date, timeZone) : instant;
}

/** The instant to the second with its zone, for the hover text: `21/11/2026 14:32:07 GMT-3 (America/Sao_Paulo)`. */
export function formatInstant(instant: string, locale: Locale = active.current, timeZone?: string): string {
  const date = parse(instant);
  if (!date) return instant;
  const zone = timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const time = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZone,
    timeZoneName: 'shortOffset',
  }).format(date);
  return `${formatDate(instant, locale, timeZone)} ${time} (${zone})`;
}

/** Whole days from `from` to `to`; negative when `to` lies before. */
export function daysBetween(from: Date, to: string): number {
  const end = parse(to);
  return end ? Math.floor((end.getTime() - from.getTime()) / 86_400_000) : 0;
}

/** `2,4 MB`; decimal units, as file managers show them. */
export function formatBytes(bytes: number, locale: Locale = active.current): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value)} ${bytes === 1 ? 'byte' : units[unit]}`;
}

/** A digest in groups of four, to be compared by eye. */
export function groupHash(hash: string): string {
  return (hash.replace(/[\s:]/g, '').match(/.{1,4}/g) ?? []).join(' ');
}

/** The first and the last eight digits of a digest, in groups of four. */
export function shortHash(hash: string): string {
  const digits = hash.replace(/[\s:]/g, '');
  return digits.length <= 20 ? groupHash(digits) : `${groupHash(digits.slice(0, 8))} … ${groupHash(digits.slice(-8))}`;
}

/** What of a CPF may be on the screen without being asked for: `***.456.789-**`. */
export function maskCpf(cpf: string): string {
  const digits = cpf.replace(/\D/g, '');
  if (digits.length !== 11) return '***.***.***-**';
  return `***.${digits.slice(3, 6)}.${digits.slice(6, 9)}-**`;
}

/** A CPF with its punctuation, as far as it has been typed. */
export function formatCpf(typed: string): string {
  const digits = typed.replace(/\D/g, '').slice(0, 11);
  const [a, b, c, d] = [digits.slice(0, 3), digits.slice(3, 6), digits.slice(6, 9), digits.slice(9)];
  return [a, b && `.${b}`, c && `.${c}`, d && `-${d}`].join('');
}

/** Whether the eleven digits hold their two check digits. */
export function isCpf(typed: string): boolean {
  const digits = [...typed.replace(/\D/g, '')].map(Number);
  if (digits.length !== 11 || new Set(digits).size === 1) return false;
  const check = (count: number): number => {
    const sum = digits.slice(0, count).reduce((total, digit, index) => total + digit * (count + 1 - index), 0);
    return ((sum * 10) % 11) % 10;
  };
  return check(9) === digits[9] && check(10) === digits[10];
}

/** One text for one, another for any other number. */
export function plural(count: number, one: (inputs: { count: string }) => string, other: (inputs: { count: string }) => string): string {
  return count === 1 ? one({ count: '1' }) : other({ count: String(count) });
}

function timeOf(date: Date, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format(date);
}

function parse(instant: string): Date | null {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? null : date;
}
