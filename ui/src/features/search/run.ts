import { heap } from '$ui/features/heap/heap.svelte';
import { desk } from '$ui/features/sign/desk.svelte';
import { trust } from '$ui/features/trust/trust.svelte';
import { verification } from '$ui/features/verify/verification.svelte';
import { navigation } from '$ui/lib/navigation.svelte';
import { PAGES } from '$ui/lib/router';
import type { ActionId } from './commands';

/** What commands need of the frame. */
export interface Frame {
  /** Shows the table of keys. */
  onkeys: () => void;
}

/** Does what a command says. Rejects with what went wrong. */
export async function runCommand(id: string, frame: Frame): Promise<void> {
  const page = PAGES.find((each) => id === `page:${each}`);
  if (page !== undefined) return navigation.go(page);
  const acts: Record<ActionId, () => void | Promise<void>> = {
    sign: async () => {
      if (await desk.pick()) navigation.go('sign');
    },
    verify: async () => {
      if (await verification.pick()) navigation.go('verify');
    },
    extend: () => navigation.go('extend'),
    bench: async () => {
      navigation.go('certificates', { tab: 'heap' });
      await heap.open();
    },
    import: async () => {
      navigation.go('certificates', { tab: 'trust', view: 'roots' });
      await trust.importBundle();
    },
    trust: () => navigation.go('certificates', { tab: 'trust', view: 'roots' }),
    evidence: () => navigation.go('certificates', { tab: 'trust', view: 'evidence' }),
    expiry: () => navigation.go('certificates', { tab: 'expiry' }),
    keys: frame.onkeys,
  };
  await acts[id as ActionId]?.();
}
