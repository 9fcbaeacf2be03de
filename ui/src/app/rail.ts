import FileCheck from '@lucide/svelte/icons/file-check';
import House from '@lucide/svelte/icons/house';
import Inbox from '@lucide/svelte/icons/inbox';
import KeyRound from '@lucide/svelte/icons/key-round';
import Network from '@lucide/svelte/icons/network';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import Settings from '@lucide/svelte/icons/settings-2';
import Signature from '@lucide/svelte/icons/signature';
import type { IconComponent } from '../components/types';
import type { Permission } from '../generated/types';
import { m } from '../i18n';
import type { Page } from '../lib/router';
import { TestId } from '../testids';

/** A page as the rail offers it. */
export interface RailEntry {
  page: Page;
  label: () => string;
  icon: IconComponent;
  /** What must be allowed for it to be there at all; one of them is enough. */
  needs: readonly Permission[];
  testid: TestId;
}

const ENTRIES: RailEntry[] = [
  { page: 'home', label: m.nav_home, icon: House, needs: ['sign'], testid: TestId.navHome },
  { page: 'sign', label: m.nav_sign, icon: Signature, needs: ['sign'], testid: TestId.navSign },
  { page: 'verify', label: m.nav_verify, icon: FileCheck, needs: ['verify'], testid: TestId.navVerify },
  { page: 'certificates', label: m.nav_certificates, icon: Network, needs: ['inspect'], testid: TestId.navCertificates },
  { page: 'requests', label: m.nav_requests, icon: Inbox, needs: ['request', 'approve'], testid: TestId.navRequests },
  { page: 'keys', label: m.nav_keys, icon: KeyRound, needs: ['manage_keys'], testid: TestId.navKeys },
  { page: 'audit', label: m.nav_audit, icon: ScrollText, needs: ['read_trail'], testid: TestId.navAudit },
  { page: 'settings', label: m.nav_settings, icon: Settings, needs: ['manage_settings'], testid: TestId.navSettings },
];

/** Pages that one reaches from others: the rail marks the first of those that may be used. */
const BESIDE: { page: Page; label: () => string; needs: readonly Permission[]; under: readonly Page[] }[] = [
  { page: 'rotation', label: m.nav_rotation, needs: ['manage_keys', 'request', 'approve'], under: ['keys', 'requests'] },
  { page: 'extend', label: m.nav_extend, needs: ['sign'], under: ['verify'] },
];

/** The pages that an operator with these permissions may use; the rest is absent, not grey. */
export function railFor(permissions: readonly Permission[]): RailEntry[] {
  return ENTRIES.filter(({ needs }) => allowed(needs, permissions));
}

/** Whether an operator with these permissions may be on a page, on the rail or beside it. */
export function mayOpen(page: Page, permissions: readonly Permission[]): boolean {
  return [...ENTRIES, ...BESIDE].some((entry) => entry.page === page && allowed(entry.needs, permissions));
}

/** The entry of the rail that a page belongs to. */
export function railPageOf(page: Page, permissions: readonly Permission[]): Page {
  const under = BESIDE.find((entry) => entry.page === page)?.under ?? [];
  return under.find((each) => mayOpen(each, permissions)) ?? page;
}

/** The name of a page. */
export function pageName(page: Page): string | null {
  return [...ENTRIES, ...BESIDE].find((entry) => entry.page === page)?.label() ?? null;
}

/** Where one begins: the first page that may be used. */
export function firstPage(permissions: readonly Permission[]): Page {
  return railFor(permissions)[0]?.page ?? 'verify';
}

function allowed(needs: readonly Permission[], permissions: readonly Permission[]): boolean {
  return needs.some((need) => permissions.includes(need));
}
