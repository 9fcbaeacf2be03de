/** Numbers that look random and are the same for the same seed, so that pictures and tests can be repeated. */
export function sequence(seed: string): () => number {
  let state = 0x811c9dc5;
  for (let index = 0; index < seed.length; index += 1) state = Math.imul(state ^ seed.charCodeAt(index), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Hexadecimal digits; 64 of them pass for a SHA-256. */
export function hex(seed: string, digits = 64): string {
  const next = sequence(seed);
  return Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join('');
}

/** An identifier of the form that the backend uses. */
export function uuid(seed: string): string {
  const h = hex(seed, 32);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-7${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20)}`;
}

/** A PEM block that looks right and means nothing. */
export function pem(label: string, seed: string, bytes: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const next = sequence(seed);
  let body = 'MII';
  while (body.length < Math.ceil(bytes / 3) * 4) body += alphabet[Math.floor(next() * 64)];
  return `-----BEGIN ${label}-----\n${body.match(/.{1,64}/g)!.join('\n')}\n-----END ${label}-----\n`;
}
