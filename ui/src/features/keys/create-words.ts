import { m } from '$ui/i18n';
import { specWord } from './words';

/** What a type of key is good for, in a few words; null where the name says it. */
export function specHint(spec: string): string | null {
  const hints: Record<string, () => string> = {
    RSA_2048: m.keys_spec_rsa2048_hint,
    RSA_3072: m.keys_spec_rsa3072_hint,
    RSA_4096: m.keys_spec_rsa4096_hint,
    ECC_NIST_P256: m.keys_spec_p256_hint,
    ECC_NIST_P384: m.keys_spec_p384_hint,
    ECC_NIST_P521: m.keys_spec_p521_hint,
    ECC_NIST_EDWARDS25519: m.keys_spec_ed25519_hint,
    ML_DSA_44: m.keys_spec_mldsa_hint,
    ML_DSA_65: m.keys_spec_mldsa_hint,
    ML_DSA_87: m.keys_spec_mldsa_hint,
  };
  return hints[spec]?.() ?? null;
}

/** What will be made, in one sentence. */
export function reviewSentence({ usage, spec, place, alias, multiRegion }: { usage: 'sign' | 'seal'; spec: string; place: string; alias: string; multiRegion: boolean }): string {
  const name = alias === '' ? m.keys_create_review_unnamed() : `«${alias}»`;
  const sentence = usage === 'seal' ? m.keys_create_review_seal({ name, place }) : m.keys_create_review_sign({ name, spec: specWord(spec), place });
  return multiRegion ? `${sentence} ${m.keys_create_review_regions()}` : sentence;
}
