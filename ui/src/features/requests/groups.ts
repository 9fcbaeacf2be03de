import type { RequestStateView, RequestView } from '../../generated/types';

/** A group of the inbox. */
export type Group = 'waiting' | 'mine' | 'others' | 'over';

/** The groups in the order in which they are shown. */
export const GROUPS: readonly Group[] = ['waiting', 'mine', 'others', 'over'];

/** Whether the person who works has to do something: decide, or carry out what was approved. */
export function waitsForMe({ may_decide, may_carry_out }: RequestView): boolean {
  return may_decide || may_carry_out;
}

/** Whether something can still come of it. */
export function isOpen(state: RequestStateView): boolean {
  return state === 'pending' || state === 'approved';
}

/** Where a request stands in the inbox of `me`, an operator's identifier. */
export function groupOf(request: RequestView, me: string | null): Group {
  if (waitsForMe(request)) return 'waiting';
  if (!isOpen(request.state)) return 'over';
  return request.requested_by.id === me ? 'mine' : 'others';
}

/** The inbox: groups with what is in them. What ends first is first while it is open; what ended last is first afterwards. */
export function grouped(list: readonly RequestView[], me: string | null): { group: Group; requests: RequestView[] }[] {
  return GROUPS.map((group) => {
    const found = list.filter((request) => groupOf(request, me) === group);
    const ended = (request: RequestView): string => request.used_at ?? request.decided_at ?? request.requested_at;
    return { group, requests: group === 'over' ? found.toSorted((a, b) => ended(b).localeCompare(ended(a))) : found.toSorted((a, b) => a.expires_at.localeCompare(b.expires_at)) };
  });
}
