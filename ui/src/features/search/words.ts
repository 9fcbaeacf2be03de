import FileSignature from '@lucide/svelte/icons/file-signature';
import FolderSearch from '@lucide/svelte/icons/folder-search';
import Inbox from '@lucide/svelte/icons/inbox';
import KeyRound from '@lucide/svelte/icons/key-round';
import Landmark from '@lucide/svelte/icons/landmark';
import Network from '@lucide/svelte/icons/network';
import UserRound from '@lucide/svelte/icons/user-round';
import type { IconComponent } from '../../components/types';
import type { SearchKind } from '../../generated/types';
import { m } from '../../i18n';
import { message } from '../../i18n/errors';
import { formatDateTime } from '../../lib/format';
import { plainName } from '../requests/words';

/** The name of a group of hits. */
export function kindWord(kind: SearchKind): string {
  const words: Record<SearchKind, () => string> = {
    heap: m.search_group_heap,
    certificate: m.search_group_certificate,
    trust: m.search_group_trust,
    identity: m.search_group_identity,
    document: m.search_group_document,
    request: m.search_group_request,
    key: m.search_group_key,
  };
  return words[kind]();
}

/** What a hit looks like. */
export const KIND_ICONS: Record<SearchKind, IconComponent> = {
  heap: FolderSearch,
  certificate: Network,
  trust: Landmark,
  identity: UserRound,
  document: FileSignature,
  request: Inbox,
  key: KeyRound,
};

/** A line of a hit as people read it: instants as dates, names of keys without what AWS puts before them. */
export function readable(line: string): string {
  const bare = /^(arn:|alias\/)/.test(line) ? plainName(line) : line;
  return bare.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, (instant) => formatDateTime(instant));
}

/** What matched, in words. */
export function matchedWord(matched: string): string {
  return message(`search_matched_${matched}`) ?? matched;
}
