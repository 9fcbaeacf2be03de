import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import en from '../../../messages/en.json';
import ptBR from '../../../messages/pt-BR.json';
import type { SignPreviewItem, SignRemark } from '../../generated/types';
import { useLocale } from '../../i18n';
import { PREFLIGHT_CODES, REMARK_CODES } from './codes';
import { blocking, remarksOf, remarkText } from './remarks';

const RUST = '../src-tauri/crates/policy/src/preflight/code.rs';

const item = (document: string, ...remarks: SignRemark[]): SignPreviewItem => ({ document, format: 'pades', level: 'b-b', output_name: 'x', remarks, problem: null });
const remark = (code: string, blocks: boolean, params: Record<string, string> = {}): SignRemark => ({ code, blocks, params });

beforeAll(() => useLocale('pt-BR'));

describe('remarks', () => {
  it.skipIf(!existsSync(RUST))('has the codes of the policy engine, each once', () => {
    const codes = [...readFileSync(RUST, 'utf8').matchAll(/^pub const [A-Z_0-9]+: &str = "([a-z0-9_]+)";/gm)].map((match) => match[1]);
    expect(codes.length).toBeGreaterThan(40);
    expect([...PREFLIGHT_CODES].sort()).toEqual([...codes].sort());
  });

  it('has what and what to do for each, in both languages', () => {
    for (const texts of [ptBR, en] as Record<string, string>[]) {
      for (const code of REMARK_CODES) for (const half of ['title', 'action']) expect(texts[`err_${code}_${half}`], code).toBeTruthy();
    }
  });

  it('asks for no parameter that the policy engine does not send', () => {
    if (!existsSync(RUST)) return;
    const source = readFileSync(RUST, 'utf8');
    for (const [, doc = '', code = ''] of source.matchAll(/((?:\/\/\/.*\n)+)pub const [A-Z_0-9]+: &str = "([a-z0-9_]+)";/g)) {
      const sent = new Set([...doc.matchAll(/`([a-z_]+)`/g)].map((match) => match[1]));
      for (const half of ['title', 'action'] as const) {
        const text = (ptBR as Record<string, string>)[`err_${code}_${half}`] ?? '';
        for (const [, name] of text.matchAll(/\{(\w+)\}/g)) expect(sent, `${code} {${name}}`).toContain(name);
      }
    }
  });

  it('says the same thing of many documents once, what blocks first', () => {
    const stale = remark('preflight_list_stale', false, { policy: 'AD-RB', date: '2026-10-01' });
    const root = remark('preflight_not_icp_brasil', true, { root: 'AC Raiz X' });
    const found = remarksOf([item('a', stale), item('b', root, stale)]);
    expect(found.map(({ code, blocks, documents }) => [code, blocks, documents])).toEqual([
      ['preflight_not_icp_brasil', true, ['b']],
      ['preflight_list_stale', false, ['a', 'b']],
    ]);
    expect(blocking([item('a', stale)])).toEqual([]);
    expect(blocking([item('a', stale), item('b', root)])).toEqual(['b']);
    // A lower level needs none of these.
    for (const code of ['offline_level', 'no_authorities', 'evidence_missing']) {
      expect(blocking([item('a', remark(code, true))], true), code).toEqual([]);
      expect(blocking([item('a', remark(code, true))], false), code).toEqual(['a']);
    }
    expect(blocking([item('a', root)], true)).toEqual(['a']);
    // What a policy asks for has no level below it.
    expect(blocking([item('a', remark('preflight_time_stamp_missing', true))], true)).toEqual(['a']);
  });

  it('writes days and algorithms as people do', () => {
    expect(remarkText(remark('preflight_list_stale', false, { date: '2026-10-01' })).title).toContain('01/10/2026');
    expect(remarkText(remark('preflight_algorithm', true, { algorithm: 'RSASSA_PSS_SHA_256', policy: 'P' })).title).toContain('RSA-PSS, SHA-256');
    expect(remarkText(remark('stamp_covers', true, { page: '2', what: 'text', text: 'SAIBAM' })).title).toContain('texto');
  });
});
