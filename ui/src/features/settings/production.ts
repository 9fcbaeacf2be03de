import { backend } from '$ui/backend';
import type { AppState } from '$ui/generated/types';
import { navigation } from '$ui/lib/navigation.svelte';
import { session } from '$ui/lib/session.svelte';

/** Enters production with a profile; the names are needed the first time only. Rejects with what went wrong. */
export async function enterProduction(profile: string, names: { office: string; operator: string } | null): Promise<AppState> {
  const next = await backend.call('production_start', {
    profile,
    office_name: names === null ? null : names.office.trim(),
    operator_name: names === null ? null : names.operator.trim(),
  });
  navigation.go('home');
  return session.adopt(next);
}
