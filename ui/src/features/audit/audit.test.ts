import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { Trail, history } from '../../backend/mock/trail';
import { message } from '../../i18n/errors';
import { actWord } from '../../i18n/words';
import { ACTS } from './acts';
import { factValue, factWord, isSaid } from './facts';
import { aboutWord, phaseWord, problemWord, sealWord, withoutBeginnings } from './words';

const CRATES = '../src-tauri/crates';

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

  it('says notes, dates and older records in words', () => {
    expect(factValue('stamp_may_cover', 'yes')).toBe('sim');
    expect(factValue('evidence_until', '2026-11-22T10:00:00Z')).toMatch(/^22\/11\/2026 /);
    expect(factValue('lpa', 'absent')).toBe('não havia lista');
    expect(factValue('lpa', '2026-11-22')).toBe('22/11/2026');
    expect(factValue('lpa', 'stale 2025-01-02')).toBe('02/01/2025, já vencida');
    expect(factValue('unproven', 'Sá (sócia) & Filhos (revoked); Rui (not_fetched)')).toBe('Sá (sócia) & Filhos: o certificado foi revogado; Rui: faltam evidências de revogação');
    expect(factValue('authorities_passed_over', 'ACT (v5) (net_timeout)')).toMatch(/^ACT \(v5\): .*demorou/);
    expect(factValue('evidence', 'AC Raiz (crl); AC (delta_crl)')).toBe('AC Raiz (LCR); AC (LCR delta)');
    expect(factValue('trail_problem', 'changed at 7: hash differs')).toBe('O conteúdo do registro nº 7 não é o que foi gravado.');
    expect(factValue('endpoint', '')).toBe('–');
    // The name had two meanings; the one that was a hash has another name now.
    expect(factWord('evidence', 'AC Raiz (crl)')).toBe('Evidências de revogação');
    expect(factWord('evidence', 'a'.repeat(64))).toBe(factWord('evidence_sha256', 'a'.repeat(64)));
    expect(factWord('evidence_sha256', '')).toBe('Evidência (SHA-256)');
  });

  const source = (file: string) => readFileSync(`${CRATES}/${file}`, 'utf8');
  const sources = (folder: string) =>
    readdirSync(`${CRATES}/${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.rs'))
      .map((file) => source(`${folder}/${file}`))
      .join('\n');
  /** The codes that one piece of the source writes down. */
  const codes = (text: string, from: RegExp, each = /"([a-z0-9_-]+)"/g) => {
    const [body = ''] = from.exec(text) ?? [];
    return [...body.matchAll(each)].map((match) => match[1] ?? '');
  };

  it.skipIf(!existsSync(CRATES))('name every fact that the office writes down, and say its values', () => {
    const office = sources('office/src');
    const names = new Set([...office.matchAll(/(?:\.with\(|detail\.insert\()\s*"(\w+)"/g)].map((match) => match[1] ?? ''));
    for (const name of codes(office, /fn notes\(&self\)[^]*?\n {4}\}/, /\("(\w+)",/g)) names.add(name);
    for (const constant of office.matchAll(/(?:\.with\(|detail\.insert\()\s*([A-Z_]+)\b/g)) {
      const [, name] = new RegExp(`const ${constant[1]}: &str = "(\\w+)"`).exec(office) ?? [];
      names.add(name ?? `${constant[1]} is not found`);
    }
    for (const name of ['trail_problem', 'time_stamps_thrown_away', 'key_max_age_days', 'process']) names.add(name);
    expect(names.size).toBeGreaterThan(95);
    expect([...names].filter((name) => message(`audit_fact_${name}`) === null)).toEqual([]);
    // Whoever writes a new one down says here whether it is a code.
    expect([...names].filter((name) => !isSaid(name))).toEqual([]);
  });

  it.skipIf(!existsSync(CRATES))('has words for every code that is written down', () => {
    const office = sources('office/src');
    const written: [fact: string, codes: string[]][] = [
      ['kind', codes(source('registry/src/certificates.rs'), /pub enum CertificateKind[^]*?\n {4}\}/)],
      ['kind', codes(source('registry/src/evidence.rs'), /pub enum EvidenceKind[^]*?\n {4}\}/)],
      ['kind', codes(source('registry/src/requests.rs'), /pub enum RequestKind[^]*?\n {4}\}/)],
      ['role', codes(source('registry/src/operators.rs'), /pub enum (?:Operator)?Role[^]*?\n {4}\}/)],
      ['step', codes(source('registry/src/rotations.rs'), /pub enum RotationStep [^]*?\n {4}\}/)],
      ['result', codes(source('office/src/dto/verification.rs'), /pub enum VerifyResult \{[^]*?\n\}/, /^ {4}(\w+),/gm).map((name) => name.toLowerCase())],
      ['source', codes(source('office/src/dto/app.rs'), /pub enum CredentialSourceView \{[^]*?\n\}/, /^ {4}(\w+),/gm).map((name) => name.toLowerCase())],
      ['auth', codes(office, /fn auth_name\([^]*?\n\}/)],
      ['place', codes(office, /fn place_name\([^]*?\n\}/)],
      ['format', codes(office, /fn format_name\([^]*?\n\}/)],
      ['old_key_state', codes(office, /fn state_name\([^]*?\n\}/)],
      ['certificate_source', codes(office, /fn source_name\([^]*?\n\}/)],
      ['change', codes(source('office/src/stamps/template.rs'), /[^]*/, /store\(session, "(\w+)"/g)],
      ['setting', codes(source('office/src/stamps/template.rs'), /const SETTING[^\n]*/)],
      ['lpa', codes(office, /fn list_note\([^]*?\n\}/, /"(absent)"/g)],
      ...['again', 'access_keys', 'setting', 'stamp_may_cover', 'export', 'undo', 'new_key'].map((fact): [string, string[]] => [fact, codes(office, /[^]*/, new RegExp(`\\.with\\(\\s*"${fact}",(?:(?!\\.with)[^;])*?"(\\w+)"`, 'g'))]),
    ];
    for (const [fact, found] of written) {
      expect(found.length, fact).toBeGreaterThan(0);
      expect(found.filter((code) => factValue(fact, code) === code), fact).toEqual([]);
    }
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
