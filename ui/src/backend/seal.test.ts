import { createDecipheriv, createECDH, hkdfSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import type { Backend } from './backend';
import { seal, sealText } from './seal';

/** The other end, written with node's own OpenSSL bindings instead of WebCrypto. */
function otherEnd(id: string) {
  const ecdh = createECDH('prime256v1');
  ecdh.generateKeys();
  const channel = { id, public_key: ecdh.getPublicKey('base64', 'uncompressed') };
  const backend = {
    call: async (name: string) => {
      expect(name).toBe('secret_channel');
      return channel;
    },
    on: () => () => undefined,
  } as unknown as Backend;
  const open = (sealed: Awaited<ReturnType<typeof seal>>, associated = id): Buffer => {
    const shared = ecdh.computeSecret(Buffer.from(sealed.public_key, 'base64'));
    expect(shared.length).toBe(32);
    const key = Buffer.from(hkdfSync('sha256', shared, Buffer.alloc(0), 'cartorio sealed field v1', 32));
    const data = Buffer.from(sealed.ciphertext, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.nonce, 'base64'));
    decipher.setAAD(Buffer.from(associated, 'utf8'));
    decipher.setAuthTag(data.subarray(-16));
    return Buffer.concat([decipher.update(data.subarray(0, -16)), decipher.final()]);
  };
  return { backend, channel, open };
}

describe('seal', () => {
  it('is opened by an independent implementation', async () => {
    const { backend, open } = otherEnd('canal-1');
    const sealed = await sealText(backend, 'Senha com açúcar e 鍵');
    expect(open(sealed).toString('utf8')).toBe('Senha com açúcar e 鍵');
    expect(sealed.channel).toBe('canal-1');
    expect(Buffer.from(sealed.nonce, 'base64').length).toBe(12);
    expect(Buffer.from(sealed.public_key, 'base64')[0]).toBe(4);
  });

  it('binds the channel: another one does not open it', async () => {
    const { backend, open } = otherEnd('canal-1');
    const sealed = await sealText(backend, 'x');
    expect(() => open(sealed, 'canal-2')).toThrow();
  });

  it('seals the empty secret and never repeats itself', async () => {
    const { backend, open } = otherEnd('c');
    const [a, b] = await Promise.all([sealText(backend, ''), sealText(backend, '')]);
    expect(open(a).length).toBe(0);
    expect(a.ciphertext).not.toBe(b.ciphertext);
    expect(a.public_key).not.toBe(b.public_key);
    expect(a.nonce).not.toBe(b.nonce);
  });

  it('refuses a channel key that is no point', async () => {
    const { backend, channel } = otherEnd('c');
    channel.public_key = btoa('not a point');
    await expect(seal(backend, new Uint8Array(1))).rejects.toThrow('P-256');
  });
});
