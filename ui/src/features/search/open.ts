import { backend } from '$ui/backend';
import { heap } from '$ui/features/heap/heap.svelte';
import { trust } from '$ui/features/trust/trust.svelte';
import type { ExpiryItem, SearchHit } from '$ui/generated/types';
import { m } from '$ui/i18n';
import { navigation } from '$ui/lib/navigation.svelte';
import { session } from '$ui/lib/session.svelte';
import { toasts } from '$ui/lib/toasts.svelte';

/** Goes to what a search found and selects it there. Rejects with what went wrong. */
export async function openHit({ kind, id, title }: SearchHit): Promise<void> {
  switch (kind) {
    case 'heap':
      return openHeap(id);
    case 'certificate':
      return openRegistry(id);
    case 'trust':
      return openTrusted(id);
    case 'identity':
      return navigation.go('certificates', { tab: 'office', identity: id });
    case 'document':
      return openDocument(id, title);
    case 'request':
      return navigation.go('requests', { id });
    case 'key':
      return navigation.go('keys', { key: id });
  }
}

/** Goes to something that expires. Rejects with what went wrong. */
export async function openExpiring({ kind, sha256 }: Pick<ExpiryItem, 'kind' | 'sha256'>): Promise<void> {
  switch (kind) {
    case 'crl':
      return navigation.go('certificates', { tab: 'trust', evidence: sha256 });
    case 'trust_root':
    case 'trust_ca':
      return openTrusted(sha256);
    case 'a1_file':
      return session.can('manage_keys') ? navigation.go('keys', { tab: 'a1' }) : openRegistry(sha256);
    case 'heap': {
      await heap.load();
      const found = heap.objects.find((object) => object.sha256 === sha256);
      return found === undefined ? navigation.go('certificates', { tab: 'heap' }) : openHeap(found.id);
    }
    default:
      return openRegistry(sha256);
  }
}

/** Puts a certificate on the bench and shows it there. */
export async function openDer(der: string, sha256: string): Promise<void> {
  const lines = der.match(/.{1,64}/g) ?? [];
  await heap.paste(['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'));
  const found = heap.objects.find((object) => object.sha256 === sha256);
  if (found !== undefined) heap.reveal(found.id);
  navigation.go('certificates', { tab: 'heap' });
}

async function openHeap(id: string): Promise<void> {
  if (!heap.byId.has(id)) await heap.load();
  if (heap.byId.has(id)) heap.reveal(id);
  navigation.go('certificates', { tab: 'heap' });
}

/** The registry's page goes by its own identifiers; what it does not list is shown on the bench. */
async function openRegistry(sha256: string): Promise<void> {
  const found = (await backend.call('certificates_list', {})).find((certificate) => certificate.sha256 === sha256 || certificate.id === sha256);
  if (found !== undefined) navigation.go('certificates', { tab: 'office', registry: found.id });
  else await bring(sha256);
}

/** A root stands in the trust store; a CA below one is shown on the bench. */
async function openTrusted(sha256: string): Promise<void> {
  if (trust.view === null) await trust.load();
  if (trust.view?.anchors.some((anchor) => anchor.sha256 === sha256)) navigation.go('certificates', { tab: 'trust', anchor: sha256 });
  else await bring(sha256);
}

async function bring(sha256: string): Promise<void> {
  await heap.bring([sha256]);
  const found = heap.objects.find((object) => object.sha256 === sha256);
  if (found !== undefined) heap.reveal(found.id);
  navigation.go('certificates', { tab: 'heap' });
}

/** A document is shown where it lies; one that is gone has its record in the trail. */
async function openDocument(id: string, name: string): Promise<void> {
  try {
    await backend.call('document_reveal', { id });
  } catch (thrown) {
    if (!session.can('read_trail')) throw thrown;
    toasts.notice(m.search_document_gone());
    navigation.go('audit', { text: name });
  }
}
