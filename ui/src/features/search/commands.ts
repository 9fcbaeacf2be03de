import ArrowUpFromLine from '@lucide/svelte/icons/arrow-up-from-line';
import BadgeCheck from '@lucide/svelte/icons/badge-check';
import CalendarClock from '@lucide/svelte/icons/calendar-clock';
import FileCheck from '@lucide/svelte/icons/file-check';
import FileDown from '@lucide/svelte/icons/file-down';
import FolderOpen from '@lucide/svelte/icons/folder-open';
import Keyboard from '@lucide/svelte/icons/keyboard';
import ListX from '@lucide/svelte/icons/list-x';
import Signature from '@lucide/svelte/icons/signature';
import { railFor } from '../../app/rail';
import type { IconComponent } from '../../components/types';
import type { Permission } from '../../generated/types';
import { m } from '../../i18n';

/** Something that the search can do instead of finding. */
export interface Command {
  id: string;
  label: string;
  /** Further words by which it is found. */
  words: string;
  icon: IconComponent;
}

/** The identifiers of the commands that are no pages. */
export type ActionId = 'sign' | 'verify' | 'extend' | 'bench' | 'import' | 'trust' | 'evidence' | 'expiry' | 'keys';

const ACTIONS: { id: ActionId; label: () => string; words: () => string; icon: IconComponent; needs: Permission | null }[] = [
  { id: 'sign', label: m.search_do_sign, words: m.search_words_sign, icon: Signature, needs: 'sign' },
  { id: 'verify', label: m.search_do_verify, words: m.search_words_verify, icon: FileCheck, needs: 'verify' },
  { id: 'extend', label: m.search_do_extend, words: m.search_words_extend, icon: ArrowUpFromLine, needs: 'sign' },
  { id: 'bench', label: m.search_do_bench, words: m.search_words_bench, icon: FolderOpen, needs: 'inspect' },
  { id: 'import', label: m.search_do_import, words: m.search_words_import, icon: FileDown, needs: 'manage_trust' },
  { id: 'trust', label: m.search_do_trust, words: m.search_words_trust, icon: BadgeCheck, needs: 'inspect' },
  { id: 'evidence', label: m.search_do_evidence, words: m.search_words_evidence, icon: ListX, needs: 'inspect' },
  { id: 'expiry', label: m.search_do_expiry, words: m.search_words_expiry, icon: CalendarClock, needs: 'inspect' },
  { id: 'keys', label: m.search_do_keys, words: m.search_words_keys, icon: Keyboard, needs: null },
];

/** What an operator with these permissions can do from the search: acts first, then the pages. */
export function commandsFor(permissions: readonly Permission[]): Command[] {
  const acts = ACTIONS.filter(({ needs }) => needs === null || permissions.includes(needs)).map(({ id, label, words, icon }): Command => ({ id, label: label(), words: words(), icon }));
  const pages = railFor(permissions).map(({ page, label, icon }): Command => ({ id: `page:${page}`, label: m.search_go({ page: label() }), words: '', icon }));
  return [...acts, ...pages];
}

/** Commands in whose label or words everything that was typed occurs, the beginning of the label first. */
export function matching(commands: readonly Command[], text: string): Command[] {
  const wanted = plain(text).split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return [...commands];
  const rank = ({ label }: Command): number => (plain(label).startsWith(wanted[0] ?? '') ? 0 : plain(label).includes(wanted[0] ?? '') ? 1 : 2);
  return commands.filter(({ label, words }) => wanted.every((word) => plain(`${label} ${words}`).includes(word))).toSorted((a, b) => rank(a) - rank(b));
}

/** So many are remembered. */
const KEPT = 5;
const STORE = 'search:recent';

/** Identifiers of the commands that were used last, the latest first. */
export function recentCommands(): string[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(STORE) ?? '[]');
    return Array.isArray(list) ? list.filter((id): id is string => typeof id === 'string').slice(0, KEPT) : [];
  } catch {
    return [];
  }
}

/** Remembers that a command was used. Only its identifier is kept, never what was typed. */
export function remember(id: string): void {
  localStorage.setItem(STORE, JSON.stringify([id, ...recentCommands().filter((other) => other !== id)].slice(0, KEPT)));
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();
}
