import type { SignPreviewItem, SignRemark } from '../../generated/types';
import { errorText } from '../../i18n/errors';

/** What is said of a signature before it is made. */
export interface Remark {
  code: string;
  /** Whether it keeps the documents from being signed so. */
  blocks: boolean;
  /** Whether ITI's validator is who would refuse. */
  validator: boolean;
  title: string;
  action: string;
  /** The documents that it is about. */
  documents: string[];
}

/** The remarks of a preview: the same one of many documents once, what blocks first. */
export function remarksOf(items: SignPreviewItem[], acceptLower = false): Remark[] {
  const found = new Map<string, Remark>();
  for (const { document, remarks } of items) {
    for (const remark of remarks) {
      const { title, action } = remarkText(remark);
      const blocks = stops(remark, acceptLower);
      const key = `${blocks} ${title} ${action}`;
      const known = found.get(key);
      if (known) known.documents.push(document);
      else found.set(key, { code: remark.code, blocks, validator: remark.code.startsWith('preflight_'), title, action, documents: [document] });
    }
  }
  return [...found.values()].sort((a, b) => Number(b.blocks) - Number(a.blocks));
}

/** The words of one remark. */
export function remarkText({ code, params }: SignRemark): { title: string; action: string } {
  const known = Object.fromEntries(Object.entries(params).filter((pair): pair is [string, string] => pair[1] !== undefined));
  return errorText({ code, params: known, severity: 'warning', retry: 'after_action', detail: '' });
}

/** What ceases to stand in the way where a lower level is accepted. */
const LOWERED = new Set(['no_authorities', 'offline_level', 'evidence_missing']);

/** Whether a remark keeps its document from being signed. */
export function stops({ blocks, code }: SignRemark, acceptLower = false): boolean {
  return blocks && !(acceptLower && LOWERED.has(code));
}

/** The documents that would not be signed so. */
export function blocking(items: SignPreviewItem[], acceptLower = false): string[] {
  return items.filter(({ remarks }) => remarks.some((remark) => stops(remark, acceptLower))).map(({ document }) => document);
}
