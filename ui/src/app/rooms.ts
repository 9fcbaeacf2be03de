import { requests } from '../features/requests/requests.svelte';
import { desk } from '../features/sign/desk.svelte';
import { trust } from '../features/trust/trust.svelte';
import { extensions } from '../features/verify/extensions.svelte';
import { verification } from '../features/verify/verification.svelte';
import type { AppState } from '../generated/types';
import { jobs } from '../lib/jobs.svelte';
import { session } from '../lib/session.svelte';
import { forget } from './keepsake.svelte';

/** Goes on as somebody else, or as nobody: what lay in the rooms of the office was looked at by the person before. */
export function enter(next: AppState): void {
  forget();
  for (const room of [desk, verification, extensions, jobs, requests, trust]) room.clear();
  session.adopt(next);
}
