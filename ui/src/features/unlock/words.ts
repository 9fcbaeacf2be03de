import { m } from '$ui/i18n';

/** How many tries of a PIN are left, in words; null while none was used up. */
export function triesWord(tries: string | null): string | null {
  switch (tries) {
    case 'few':
      return m.token_tries_few();
    case 'last':
      return m.token_tries_last();
    default:
      return null;
  }
}
