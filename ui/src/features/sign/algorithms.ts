/** An algorithm as people say it; the exact name where it is an unknown one. */
export function algorithmWord(name: string): string {
  const match = /^(RSASSA_PKCS1_V1_5|RSASSA_PSS|ECDSA)_SHA_(256|384|512)$/.exec(name);
  if (name === 'ED25519_SHA_512') return 'Ed25519';
  if (name.startsWith('ML_DSA')) return 'ML-DSA';
  if (!match) return name;
  const families: Record<string, string> = { RSASSA_PKCS1_V1_5: 'RSA PKCS#1 v1.5', RSASSA_PSS: 'RSA-PSS', ECDSA: 'ECDSA' };
  return `${families[match[1] ?? ''] ?? name}, SHA-${match[2]}`;
}
