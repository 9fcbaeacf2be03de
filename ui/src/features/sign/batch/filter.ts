import type { JobItem } from '../../../generated/types';
import { type Judged, problemOf, type QueueEntry } from '../queue';

/** Which documents of a long list are shown. */
export type Filter = 'all' | 'unseen' | 'refused' | 'failed' | 'done' | 'left';

/** The documents that a filter lets through, in their order. */
export function shownOf(queue: QueueEntry[], items: ReadonlyMap<string, JobItem>, filter: Filter, judged?: Judged): QueueEntry[] {
  const state = ({ document }: QueueEntry) => items.get(document.id)?.state;
  switch (filter) {
    case 'all':
      return queue;
    case 'unseen':
      return queue.filter((entry) => !entry.seen && problemOf(entry, judged) === null);
    case 'refused':
      return queue.filter((entry) => problemOf(entry, judged) !== null);
    case 'failed':
      return queue.filter((entry) => state(entry) === 'failed');
    case 'done':
      return queue.filter((entry) => state(entry) === 'done');
    case 'left':
      return queue.filter((entry) => !['done', 'failed'].includes(state(entry) ?? ''));
  }
}
