import type { RequestView, RotationStepName, RotationView } from '$ui/generated/types';
import { m } from '$ui/i18n';

/** The seven steps of a change, in their order. */
const STEPS: readonly RotationStepName[] = ['create_key', 'certificate', 'move_alias', 'validate', 'transition', 'disable_old', 'schedule_deletion'];

/** How a change of a key stands, in a sentence. */
export function rotationSentence({ state, current, waits_for }: RotationView): string {
  const step = String(STEPS.indexOf(current) + 1);
  switch (state) {
    case 'running':
      if (waits_for === 'failure') return m.keys_rotation_failed({ step });
      return waits_for === 'certificate' ? m.keys_rotation_certificate() : m.keys_rotation_running({ step });
    case 'transition':
      return m.keys_rotation_transition();
    case 'finished':
      return m.keys_rotation_finished();
    case 'rolling_back':
      return m.keys_rotation_rolling_back();
    case 'rolled_back':
      return m.keys_rotation_rolled_back();
  }
}

/** What is asked for and how it stands, in a sentence. */
export function requestSentence({ kind, state }: RequestView): string {
  const approved = state === 'approved';
  switch (kind) {
    case 'key_rotation':
      return approved ? m.keys_request_rotation_approved() : m.keys_request_rotation();
    case 'key_deletion':
      return approved ? m.keys_request_deletion_approved() : m.keys_request_deletion();
    case 'p12_export':
    case 'certificate_issue':
    case 'trust_anchor':
      return m.keys_request_other();
  }
}
