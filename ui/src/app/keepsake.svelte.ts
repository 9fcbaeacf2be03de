import { backend } from '../backend';
import { batch } from '../features/sign/batch/batch.svelte';
import { desk, type DeskKeepsake } from '../features/sign/desk.svelte';
import { extensions, type ExtensionsKeepsake } from '../features/verify/extensions.svelte';
import { isOpen, jobs } from '../lib/jobs.svelte';
import { session } from '../lib/session.svelte';

/**
 * What a page that is loaded again puts back: somebody pressed F5, or the process that drew it ended. Batches go on in the program
 * meanwhile. It is kept in the memory of the window alone, never on the disk, and for whoever sat there.
 */
interface Keepsake {
  seat: string;
  desk: DeskKeepsake;
  extensions: ExtensionsKeepsake;
  acknowledged: string[];
}

const STORE = 'keepsake';

function seat(): string {
  const { environment, office_name, operator } = session.state ?? {};
  return [environment, office_name, operator?.id].join('/');
}

/** Everything that would be put back as things stand. */
export function keepsake(): Keepsake {
  return { seat: seat(), desk: desk.keepsake, extensions: extensions.keepsake, acknowledged: $state.snapshot(jobs.acknowledged) };
}

/** Keeps it until the window closes. */
export function keep(kept: Keepsake): void {
  try {
    sessionStorage.setItem(STORE, JSON.stringify(kept));
  } catch {
    // Thousands of documents have no room there; half of them would be worse than none.
    forget();
  }
}

/** Keeps nothing any more: somebody else comes, or nobody. */
export function forget(): void {
  sessionStorage.removeItem(STORE);
}

/** Puts back what a page before this one left, and finds the batches that went on meanwhile. */
export async function putBack(): Promise<void> {
  const kept = taken();
  if (kept !== null) {
    desk.putBack(kept.desk);
    extensions.putBack(kept.extensions);
    jobs.acknowledged = kept.acknowledged;
  }
  if (!session.can('sign')) return;
  for (const { batch: view, job } of await backend.call('jobs_list', {})) {
    const room = view.kind === 'sign' ? desk : extensions;
    const left = view.kind === 'sign' ? kept?.desk : kept?.extensions;
    const wasShown = left?.jobId === job.id;
    // One that has ended and was seen is over, unless its results were on the screen; nor does it take the place of what came after it.
    const isNews = !jobs.acknowledged.includes(job.id) && room.isEmpty;
    // A report may have come before this answer: that the task is known says nothing of where it is shown.
    if (room.jobId !== job.id && (isOpen(job.status) || wasShown || isNews)) batch.takeUp(view, job);
  }
}

function taken(): Keepsake | null {
  const text = sessionStorage.getItem(STORE);
  const kept = text === null ? null : (JSON.parse(text) as Keepsake);
  return kept?.seat === seat() ? kept : null;
}
