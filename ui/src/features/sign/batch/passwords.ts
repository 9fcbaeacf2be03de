import type { JobItem, JobSnapshot } from '../../../generated/types';

/** Code of a task or document that waits for the password of a PDF, which an interruption made the program forget. */
export const PASSWORD_NEEDED = 'batch_password_needed';

/** The documents that still ask for their passwords; `opened` are those that got them since the task paused. */
export function askingPassword(job: Pick<JobSnapshot, 'items'>, opened: ReadonlySet<string>): JobItem[] {
  return job.items.filter(({ document, state, error }) => state === 'waiting' && error?.code === PASSWORD_NEEDED && !opened.has(document));
}
