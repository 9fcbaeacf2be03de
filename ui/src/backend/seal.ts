import type { SealedSecret } from '../generated/types';

import type { Backend } from './backend';

const INFO = new TextEncoder().encode('cartorio sealed field v1');
const POINT_BYTES = 65;

/**
 * Seals a secret that the user typed, so that it does not cross to the backend in the clear.
 *
 * Asks for a one-time channel, then: ECDH on P-256 with a one-time key of our own; HKDF-SHA-256 over the 32-byte x
 * coordinate (no salt, info `cartorio sealed field v1`); AES-256-GCM with a random 12-byte nonce and the channel's
 * identifier as associated data.
 */
export async function seal(backend: Backend, secret: Uint8Array<ArrayBuffer>): Promise<SealedSecret> {
  const channel = await backend.call('secret_channel', {});
  const theirs = await crypto.subtle.importKey('raw', point(channel.public_key), { name: 'ECDH', namedCurve: 'P-256' }, false, []);
  const ours = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']);
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, ours.privateKey, 256);
  const material = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']);
  const key = await crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: INFO },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt'],
  );
  new Uint8Array(shared).fill(0);
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const additionalData = new TextEncoder().encode(channel.id);
  const ciphertext = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData }, key, secret);
  return {
    channel: channel.id,
    public_key: toBase64(await crypto.subtle.exportKey('raw', ours.publicKey)),
    nonce: toBase64(nonce),
    ciphertext: toBase64(ciphertext),
  };
}

/** {@link seal} for text, as UTF-8. */
export async function sealText(backend: Backend, secret: string): Promise<SealedSecret> {
  const bytes = new TextEncoder().encode(secret);
  try {
    return await seal(backend, bytes);
  } finally {
    bytes.fill(0);
  }
}

function point(base64: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64(base64);
  if (bytes.length !== POINT_BYTES || bytes[0] !== 4) throw new Error('the channel key is no uncompressed P-256 point');
  return bytes;
}

function toBase64(data: ArrayBuffer | Uint8Array): string {
  let binary = '';
  for (const byte of new Uint8Array(data)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
