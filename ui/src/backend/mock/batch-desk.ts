import { failure } from './failure';
import type { Handlers, Shared } from './shared';
import { moment } from './time';

type Own = Pick<Handlers, 'extend_start' | 'batches_interrupted' | 'batch_resume' | 'batch_abandon' | 'tsa_list' | 'tsa_save' | 'tsa_remove' | 'tsa_test'>;

/** Answers about batches that did not end and about time-stamp authorities. */
export function batchHandlers(office: Shared): Own {
  return {
    extend_start: () => {
      throw failure('upgrade_not_signed_data');
    },
    batches_interrupted: () => [],
    batch_resume: ({ id }) => {
      throw failure('job_unknown', { id });
    },
    batch_abandon: () => [],
    tsa_list: () => [],
    tsa_save: () => [],
    tsa_remove: () => [],
    tsa_test: async () => {
      await office.pause(400);
      return { gen_time: moment(), authority: 'ACT de Exemplo', trusted: true, icp_brasil: false, millis: 84, size: 4_512 };
    },
  };
}
