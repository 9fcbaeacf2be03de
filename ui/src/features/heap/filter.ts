import type { HeapKind, HeapObject } from '$ui/generated/types';
import { plain } from '../../components/window';

/** What of the heap is to be shown. */
export interface HeapQuery {
  /** Words of a name, CPF, CNPJ, serial number (hexadecimal or decimal) or fingerprint. */
  text: string;
  /** Only these kinds; empty shows all. */
  kinds: ReadonlySet<HeapKind>;
  hideExpired: boolean;
  /** The instant that «expired» is judged at, RFC 3339. */
  at: string;
}

/** An object with what it is searched by, made once. */
export interface Indexed {
  object: HeapObject;
  text: string;
  /** Serial number in lower-case hexadecimal without leading zeros. */
  serial: string;
  /** Digits of the CPF that are in sight. */
  cpf: string;
  cnpj: string;
  until: number;
}

/** Prepares objects for searching. */
export function indexed(objects: HeapObject[]): Indexed[] {
  return objects.map((object) => ({
    object,
    text: plain(`${object.title} ${object.subtitle}`),
    serial: bare(object.serial_hex ?? ''),
    cpf: (object.masked_cpf ?? '').replace(/\D/g, ''),
    cnpj: (object.cnpj ?? '').replace(/\D/g, ''),
    until: object.not_after === null ? Number.POSITIVE_INFINITY : new Date(object.not_after).getTime(),
  }));
}

/** The entries that a query wants, in their order. */
export function select(entries: Indexed[], query: HeapQuery): Indexed[] {
  const matches = matcher(query.text);
  const at = new Date(query.at).getTime();
  return entries.filter((entry) => {
    if (query.kinds.size > 0 && !query.kinds.has(entry.object.kind)) return false;
    if (query.hideExpired && entry.object.kind === 'certificate' && entry.until < at) return false;
    return matches(entry);
  });
}

/** How many objects there are of each kind. */
export function countKinds(objects: HeapObject[]): Map<HeapKind, number> {
  const counts = new Map<HeapKind, number>();
  for (const { kind } of objects) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

function matcher(text: string): (entry: Indexed) => boolean {
  const wanted = plain(text).trim();
  if (wanted === '') return () => true;
  const words = wanted.split(/\s+/);
  const compact = wanted.replace(/^0x/, '').replace(/[\s:./-]/g, '');
  const digits = /^[\d\s./-]+$/.test(wanted) ? compact : '';
  const hex = /^[0-9a-f]{4,}$/.test(compact) ? bare(compact) : '';
  // A number in decimal is the same number in hexadecimal: no serial needs to be converted.
  const decimal = digits.length >= 4 ? BigInt(digits).toString(16) : '';
  return ({ object, text: searched, serial, cpf, cnpj }) => {
    if (words.every((word) => searched.includes(word))) return true;
    if (hex !== '' && (serial.startsWith(hex) || object.sha256.startsWith(compact))) return true;
    if (decimal !== '' && serial === decimal) return true;
    if (digits.length < 3) return false;
    // Of a CPF only the middle is on the screen, and only the middle can be searched.
    return (cpf !== '' && (cpf.includes(digits) || (digits.length === 11 && digits.slice(3, 9) === cpf))) || (cnpj !== '' && cnpj.includes(digits));
  };
}

function bare(serial: string): string {
  return serial.toLowerCase().replace(/[\s:]/g, '').replace(/^0+(?=.)/, '');
}
