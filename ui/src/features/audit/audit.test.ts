import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { Trail, history } from '../../backend/mock/trail';
import { message } from '../../i18n/errors';
import { actWord } from '../../i18n/words';
import { ACTS } from './acts';
import { aboutWord, factValue, phaseWord, problemWord, sealWord, withoutBeginnings } from './words';

const OFFICE = '../src-tauri/crates/office/src';

function trail(): Trail {
  const made = new Trail({ id: '1', name: 'Helena', role: 'notary' }, 'demo');
  history(made);
  return made;
}

const all = () => trail().page({ act: null, text: null, before: null, limit: 500 }).records;

describe('withoutBeginnings', () => {
  it('leaves one record of every act that has ended', () => {
    const records = all();
    const left = withoutBeginnings(records);
    expect(left).toHaveLength(records.length / 2);
    expect(left.every(({ phase }) => phase !== 'intent')).toBe(true);
  });

  it('keeps the beginning of an act that has not ended', () => {
    const [ending, beginning, ...others] = all();
    expect(ending!.correlation).toBe(beginning!.correlation);
    expect(withoutBeginnings([beginning!, ...others])[0]).toBe(beginning);
  });
});

describe('words', () => {
  it('has a word for every phase and for every problem of a trail', () => {
    for (const phase of ['intent', 'succeeded', 'failed', 'cancelled', 'interrupted']) expect(phaseWord(phase).word).not.toBe(phase);
    const kinds = 'changed removed reordered inserted broken_link head_mismatch bad_head head_file_missing bad_head_file head_file_behind head_file_mismatch guard_removed';
    for (const kind of kinds.split(' ')) expect(problemWord({ kind, seq: 7, detail: '' })).not.toContain(kind);
    expect(problemWord({ kind: 'new_kind', seq: 7, detail: '' })).toContain('new_kind');
    expect(problemWord({ kind: 'changed', seq: 7, detail: '' })).toContain('7');
  });

  it('never calls a trail sealed whose end was not authenticated', () => {
    const good = trail().verify();
    expect(sealWord(good)).toMatchObject({ state: 'ok', why: null });
    expect(sealWord({ ...good, head_authenticated: false }).state).toBe('warn');
    expect(sealWord({ ...good, intact: false }).state).toBe('bad');
    expect(sealWord(null).state).toBe('unknown');
  });

  it('says what an act was about', () => {
    const [record] = all();
    expect(aboutWord({ ...record!, document: 'a.pdf' })).toBe('a.pdf');
    expect(aboutWord({ ...record!, document: null, detail: { spec: 'RSA_2048', alias: 'reserva' } })).toBe('reserva');
    expect(aboutWord({ ...record!, document: null, detail: {} })).toBe('');
  });

  it('puts codes into words', () => {
    expect(factValue('exportable', 'true')).toBe('sim');
    expect(factValue('result', 'passed')).not.toBe('passed');
    expect(factValue('alias', 'x')).toBe('x');
    expect(factValue('level', 'b-lta')).toBe('B-LTA');
    expect(factValue('error', 'document_changed')).toMatch(/mudou/);
    expect(factValue('time_stamps', '2026-11-21T10:00:00Z 2026-11-22T10:00:00Z')).toMatch(/^21\/11\/2026 .*, 22\/11\/2026 /);
  });

  it.skipIf(!existsSync(OFFICE))('name every fact that the office writes down', () => {
    const sources = readdirSync(OFFICE, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.rs')).map((file) => readFileSync(`${OFFICE}/${file}`, 'utf8'));
    const names = new Set(sources.flatMap((source) => [...source.matchAll(/(?:\.with\(|detail\.insert\()\s*"(\w+)"/g)].map((match) => match[1] ?? '')));
    expect(names.size).toBeGreaterThan(50);
    expect([...names].filter((name) => message(`audit_fact_${name}`) === null)).toEqual([]);
  });
});

describe('acts', () => {
  const REGISTRY = '../src-tauri/crates/registry/src/audit/mod.rs';

  it.skipIf(!existsSync(REGISTRY))('are those of the registry', () => {
    const source = readFileSync(REGISTRY, 'utf8');
    const [body = ''] = /pub enum Act \{[^]*?\n {4}\}/.exec(source) ?? [];
    expect([...body.matchAll(/= "([a-z0-9_]+)"/g)].map((match) => match[1])).toEqual([...ACTS]);
  });

  it('have words', () => {
    for (const act of ACTS) expect(actWord(act), act).not.toBe(act.replaceAll('_', ' '));
  });
});
