import { backend } from '$ui/backend';
import type { KeySummary, RequestView, RotationView } from '$ui/generated/types';

/** What is under way with a key: requests that wait for a person, and its change. */
export class OpenWorkOf {
  requests = $state.raw<RequestView[]>([]);
  rotation = $state.raw<RotationView | null>(null);

  /** Asks for it. What cannot be learnt is left out: the pages of requests and changes say why. */
  async load(key: KeySummary): Promise<void> {
    const [requests, rotation] = await Promise.all([
      backend.call('requests_list', { open: true }).catch(() => []),
      key.rotation === null ? null : backend.call('rotation_get', { id: key.rotation }).catch(() => null),
    ]);
    this.requests = requests.filter(({ what }) => concerns(what, key));
    this.rotation = rotation;
  }
}

function concerns(what: RequestView['what'], key: KeySummary): boolean {
  switch (what.kind) {
    case 'key_rotation':
      return what.old_key_ref === key.key_ref || what.old_key_id === key.key_id;
    case 'key_deletion':
      return what.key_ref === key.key_ref || what.key_id === key.key_id;
    case 'p12_export':
    case 'certificate_issue':
    case 'trust_anchor':
      return false;
  }
}
