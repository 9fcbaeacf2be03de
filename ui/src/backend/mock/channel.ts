import type { SealedSecret, SecretChannel } from '../../generated/types';

import { failure } from './failure';

const INFO = new TextEncoder().encode('cartorio sealed field v1');

/** The receiving end of sealed secrets: each channel opens once. */
export class Channels {
  #open = new Map<string, CryptoKey>();

  async create(): Promise<SecretChannel> {
    const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']);
    const id = crypto.randomUUID();
    this.#open.set(id, pair.privateKey);
    const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    return { id, public_key: btoa(String.fromCharCode(...raw)) };
  }

  async unseal(sealed: SealedSecret): Promise<string> {
    const key = this.#open.get(sealed.channel);
    this.#open.delete(sealed.channel);
    if (key === undefined) throw failure('sealed_field', {}, { retry: 'later' });
    const theirs = await crypto.subtle.importKey('raw', bytes(sealed.public_key), { name: 'ECDH', namedCurve: 'P-256' }, false, []);
    const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, key, 256);
    const material = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']);
    const opener = await crypto.subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: INFO },
      material,
      { name: 'AES-GCM', length: 256 },
      false,
      ['decrypt'],
    );
    const parameters = { name: 'AES-GCM', iv: bytes(sealed.nonce), additionalData: new TextEncoder().encode(sealed.channel) };
    return new TextDecoder().decode(await crypto.subtle.decrypt(parameters, opener, bytes(sealed.ciphertext)));
  }
}

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
