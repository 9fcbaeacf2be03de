import type { Asn1NodeView, CertificateDetail } from '../../generated/types';

import { sequence } from './random';

type Bytes = Uint8Array<ArrayBuffer>;

/** An element with its header. */
export function tlv(tag: number, ...content: Uint8Array[]): Bytes {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : length < 65_536 ? [0x82, length >> 8, length & 255] : [0x83, length >> 16, (length >> 8) & 255, length & 255];
  const whole = new Uint8Array(1 + size.length + length);
  whole.set([tag, ...size]);
  let at = 1 + size.length;
  for (const part of content) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** OBJECT IDENTIFIER. */
export function oid(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const out: number[] = [first * 40 + second];
  for (const arc of rest) {
    const groups: number[] = [];
    for (let value = arc; groups.length === 0 || value > 0; value = Math.floor(value / 128)) groups.unshift((value % 128) | (groups.length === 0 ? 0 : 128));
    out.push(...groups);
  }
  return tlv(6, Uint8Array.from(out));
}

/** Bytes that look random. */
export function noise(seed: string, length: number): Bytes {
  const next = sequence(seed);
  return Uint8Array.from({ length }, () => Math.floor(next() * 256));
}

const utf8 = (text: string, tag = 12): Bytes => tlv(tag, new TextEncoder().encode(text));
const fromHex = (hex: string): Bytes => Uint8Array.from((hex.length % 2 ? `0${hex}` : hex).match(/../g) ?? [], (pair) => parseInt(pair, 16));
const NAMES: Record<string, string> = {
  '2.5.4.3': 'commonName',
  '2.5.4.6': 'countryName',
  '2.5.4.10': 'organizationName',
  '2.5.4.11': 'organizationalUnitName',
  '1.2.840.113549.1.1.11': 'sha256WithRSAEncryption',
  '1.2.840.113549.1.1.1': 'rsaEncryption',
  '2.5.29.19': 'basicConstraints',
  '2.5.29.15': 'keyUsage',
  '2.5.29.14': 'subjectKeyIdentifier',
  '2.5.29.35': 'authorityKeyIdentifier',
  '2.5.29.17': 'subjectAltName',
  '2.5.29.31': 'cRLDistributionPoints',
  '2.5.29.37': 'extKeyUsage',
};

/** A certificate of the right shape; its signature means nothing. */
export function certificateDer(detail: CertificateDetail): Bytes {
  const algorithm = tlv(0x30, oid('1.2.840.113549.1.1.11'), tlv(5));
  const name = (attributes: CertificateDetail['subject_attributes']): Bytes => tlv(0x30, ...attributes.map((each) => tlv(0x31, tlv(0x30, oid(each.oid), utf8(each.value, each.name === 'C' ? 19 : 12)))));
  const time = (instant: string): Bytes => utf8(`${instant.replace(/[-:T]/g, '').slice(2, 14)}Z`, 23);
  const extensions = detail.extensions.map(({ oid: dotted, critical, lines }) => tlv(0x30, oid(dotted), ...(critical ? [tlv(1, Uint8Array.of(255))] : []), tlv(4, tlv(0x30, ...lines.map((line) => utf8(line))))));
  const tbs = tlv(
    0x30,
    tlv(0xa0, tlv(2, Uint8Array.of(2))),
    tlv(2, fromHex(detail.serial_hex)),
    algorithm,
    name(detail.issuer_attributes),
    tlv(0x30, time(detail.not_before), time(detail.not_after)),
    name(detail.subject_attributes),
    tlv(0x30, tlv(0x30, oid('1.2.840.113549.1.1.1'), tlv(5)), tlv(3, Uint8Array.of(0), tlv(0x30, tlv(2, noise(`n ${detail.sha256}`, (detail.key.bits ?? 2048) / 8)), tlv(2, Uint8Array.of(1, 0, 1))))),
    tlv(0xa3, tlv(0x30, ...extensions)),
  );
  return tlv(0x30, tbs, algorithm, tlv(3, Uint8Array.of(0), noise(`s ${detail.sha256}`, 256)));
}

const TAGS: Record<number, string> = { 1: 'BOOLEAN', 2: 'INTEGER', 3: 'BIT STRING', 4: 'OCTET STRING', 5: 'NULL', 6: 'OBJECT IDENTIFIER', 12: 'UTF8String', 19: 'PrintableString', 22: 'IA5String', 23: 'UTCTime', 0x30: 'SEQUENCE', 0x31: 'SET' };
const TBS = ['version', 'serialNumber', 'signature', 'issuer', 'validity', 'subject', 'subjectPublicKeyInfo', 'extensions'];

/** The elements of DER, in the order of the bytes; fields are named as far as they are those of a certificate. */
export function elements(bytes: Uint8Array): Asn1NodeView[] {
  const nodes: Asn1NodeView[] = [];
  const read = (from: number, to: number, depth: number, path: string | null): void => {
    let index = 0;
    for (let at = from; at < to; index += 1) {
      const tag = bytes[at]!;
      let header = 2;
      let length = bytes[at + 1]!;
      if (length > 128) {
        header += length - 128;
        length = bytes.slice(at + 2, at + header).reduce((sum, byte) => sum * 256 + byte, 0);
      }
      const field = path === null ? 'certificate' : path === 'certificate' ? `${path}.${['tbsCertificate', 'signatureAlgorithm', 'signatureValue'][index] ?? index}` : path === 'certificate.tbsCertificate' ? `${path}.${TBS[index] ?? index}` : path.length < 90 ? `${path}[${index}]` : null;
      const constructed = (tag & 0x20) !== 0;
      const content = bytes.slice(at + header, at + header + length);
      // A bit or octet string often holds DER itself.
      const inner = !constructed && (tag === 4 || (tag === 3 && content[0] === 0)) && content[tag === 3 ? 1 : 0] === 0x30;
      const value = constructed || inner ? '' : text(tag, content);
      nodes.push({ offset: at, header, length, depth, tag: TAGS[tag] ?? `[${tag & 0x1f}]`, field, value, oid_name: tag === 6 ? (NAMES[value] ?? null) : null, constructed: constructed || inner, remarks: [] });
      if (constructed) read(at + header, at + header + length, depth + 1, field);
      else if (inner) read(at + header + (tag === 3 ? 1 : 0), at + header + length, depth + 1, field);
      at += header + length;
    }
  };
  read(0, bytes.length, 0, null);
  return nodes;
}

function text(tag: number, content: Uint8Array): string {
  if (tag === 6) return dotted(content);
  if (tag === 1) return content[0] === 0 ? 'FALSE' : 'TRUE';
  if (tag === 5) return '';
  if ([12, 19, 22, 23].includes(tag)) return new TextDecoder().decode(content);
  if (tag === 2 && content.length <= 4) return String(content.reduce((sum, byte) => sum * 256 + byte, 0));
  return [...content.slice(0, 24)].map((byte) => byte.toString(16).padStart(2, '0')).join(':') + (content.length > 24 ? '…' : '');
}

function dotted(content: Uint8Array): string {
  const arcs: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 127);
    if (byte < 128) {
      if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)));
      else arcs.push(value);
      value = 0;
    }
  }
  return arcs.join('.');
}
