import { existsSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { MockBackend } from '../../backend/mock';
import type { RotationStepName, RotationStepState, RotationView } from '../../generated/types';
import { useLocale } from '../../i18n';
import { STEPS, factForm, factWord, headline, isInterrupted, markOf, markWord, nameOf, offer, putBack, stateOf, stepWord } from './words';

const REPORT = '../src-tauri/crates/office/src/rotation/words.rs';
const NOW = new Date('2026-11-20T12:00:00Z');

function rotation(states: Partial<Record<RotationStepName, RotationStepState>> = {}, rest: Partial<RotationView> = {}): RotationView {
  return {
    id: 'r',
    plan: {
      old_key_ref: 'awskms:1?region=sa-east-1',
      old_key_id: 'arn:aws:kms:sa-east-1:1:key/1',
      alias: 'alias/cartorio/assinatura',
      spec: 'RSA_2048',
      identity: 'i',
      identity_label: 'Tabeliã',
      certificate: { kind: 'office' },
      transition_days: 30,
      deletion_days: 30,
    },
    state: 'running',
    current: 'create_key',
    steps: STEPS.map((step) => ({ step, state: states[step] ?? 'waiting', at: states[step] === 'done' ? '2026-11-12T12:00:00Z' : null, operator: null, evidence: [], error: null, attempts: 0 })),
    waits_for: null,
    new_key_ref: null,
    new_key_id: null,
    new_identity: null,
    requested_by: { id: '1', name: 'Helena', role: 'notary' },
    approved_by: { id: '2', name: 'Marcos', role: 'supervisor' },
    started_at: '2026-11-12T11:00:00Z',
    finished_at: null,
    transition_until: null,
    deletion_at: null,
    can_undo: true,
    can_cancel_deletion: false,
    may_advance: true,
    ...rest,
  };
}

const LASTING = rotation(
  { create_key: 'done', certificate: 'done', move_alias: 'done', validate: 'done', transition: 'begun' },
  { state: 'transition', current: 'transition', waits_for: 'transition', transition_until: '2026-12-12T12:00:00Z' },
);
const STOPPED = rotation({ create_key: 'done', certificate: 'begun' }, { current: 'certificate', waits_for: 'person' });

describe('a step', () => {
  it('that has begun is interrupted, unless somebody is at it or it is waiting by design', () => {
    expect(markOf(STOPPED.steps[1]!, STOPPED, false)).toBe('interrupted');
    expect(markOf(STOPPED.steps[1]!, STOPPED, true)).toBe('busy');
    expect(markOf(LASTING.steps[4]!, LASTING, false)).toBe('lasting');
    expect(markOf(LASTING.steps[4]!, { ...LASTING, waits_for: 'person' }, false)).toBe('ended');
    const outside = rotation({ certificate: 'begun' }, { current: 'certificate', waits_for: 'certificate' });
    expect(markOf(outside.steps[1]!, outside, false)).toBe('bring');
    expect(isInterrupted(STOPPED)).toBe(true);
    expect(isInterrupted(LASTING)).toBe(false);
    expect(isInterrupted(outside)).toBe(false);
  });

  it('has a word for every state, and no two share one', () => {
    const marks = ['waiting', 'busy', 'interrupted', 'lasting', 'ended', 'bring', 'done', 'skipped', 'failed', 'undone'] as const;
    for (const locale of ['en', 'pt-BR'] as const) {
      useLocale(locale);
      expect(new Set(marks.map(markWord)).size).toBe(marks.length);
      expect(new Set(STEPS.map(stepWord)).size).toBe(7);
    }
    expect(markWord('interrupted')).toBe('interrompido: continuar é seguro');
  });
});

describe('the headline', () => {
  it('says since when the new key signs and until when the old one is visible', () => {
    expect(headline(LASTING, false, NOW)).toBe('A chave nova assina desde 12/11/2026. A antiga fica visível até 12/12/2026 e então é desativada.');
  });

  it('says that going on is safe after a crash, and what failed', () => {
    expect(headline(STOPPED, false, NOW)).toContain('Continuar é seguro');
    expect(headline(rotation({ validate: 'failed' }, { current: 'validate', waits_for: 'failure' }), false, NOW)).toContain('desfaça');
    expect(headline(rotation({ disable_old: 'failed' }, { current: 'disable_old', waits_for: 'failure', can_undo: false }), false, NOW)).not.toContain('desfaça');
    expect(headline(rotation({}, { current: 'certificate', waits_for: 'certificate' }), false, NOW)).toContain('requisição');
    expect(headline(STOPPED, true, NOW)).toContain('Fazendo');
  });

  it('knows that a transition is over', () => {
    expect(headline({ ...LASTING, waits_for: 'person' }, false, new Date('2026-12-13T00:00:00Z'))).toContain('terminou em 12/12/2026');
  });

  it('tells a deletion that comes from one that was called off and one that is past', () => {
    const over = { state: 'finished' as const, finished_at: '2026-11-12T12:00:00Z' };
    expect(headline(rotation({}, { ...over, deletion_at: '2026-12-12T12:00:00Z', can_cancel_deletion: true }), false, NOW)).toContain('some em 12/12/2026');
    expect(headline(rotation({}, over), false, NOW)).toContain('nenhuma exclusão está agendada');
    expect(headline(rotation({}, { ...over, deletion_at: '2026-11-19T12:00:00Z' }), false, NOW)).toContain('terminou em 19/11/2026');
  });
});

describe('what is offered', () => {
  it('is one strong action that fits', () => {
    expect(offer(STOPPED).main).toBe('continue');
    expect(offer(rotation({}, { waits_for: 'failure' })).main).toBe('retry');
    expect(offer(rotation({}, { waits_for: 'certificate' })).main).toBe('bring');
    expect(offer(rotation({}, { state: 'rolling_back' })).main).toBe('continue_undo');
    expect(offer(LASTING)).toMatchObject({ main: null, endTransition: true, undo: true });
    expect(offer({ ...LASTING, waits_for: 'person' })).toMatchObject({ main: 'continue', endTransition: false });
  });

  it('is nothing for those who may not, and nothing that cannot be undone is', () => {
    expect(offer({ ...STOPPED, may_advance: false })).toMatchObject({ main: null, oneStep: false, undo: false });
    expect(offer({ ...STOPPED, can_undo: false }).undo).toBe(false);
    expect(offer(rotation({}, { state: 'finished', finished_at: '2026-11-12T12:00:00Z', can_cancel_deletion: true }))).toMatchObject({ main: null, undo: false, cancelDeletion: true });
  });

  it('says what undoing puts back, and no more than was done', () => {
    expect(putBack(rotation())).toEqual(['Nada foi mudado ainda; a troca só é encerrada.']);
    expect(putBack(LASTING).join(' ')).toMatch(/«cartorio\/assinatura» volta.*«Tabeliã» volta.*chave nova/);
    expect(putBack(rotation({ create_key: 'done' })).join(' ')).not.toContain('volta a apontar');
  });
});

describe('facts', () => {
  it('are shown as what they are', () => {
    expect(factForm({ name: 'probe_sha256', value: 'a'.repeat(64) }).form).toBe('hash');
    expect(factForm({ name: 'probe_sha384', value: 'a'.repeat(96) }).form).toBe('hash');
    expect(factForm({ name: 'probe_message', value: 'a\nb' }).form).toBe('long');
    expect(factForm({ name: 'probe_algorithm', value: 'RSASSA_PSS_SHA_256' }).text).not.toContain('_');
    expect(factForm({ name: 'probe_signature', value: `${'Ab9/'.repeat(64)}==` }).form).toBe('long');
    expect(factForm({ name: 'old_signature_verified', value: 'true' })).toEqual({ form: 'text', text: 'sim' });
    expect(factForm({ name: 'deletion_at', value: '2026-12-12T12:00:00Z' }).text).toContain('12/12/2026');
    expect(factForm({ name: 'new_key_id', value: 'arn:aws:kms:sa-east-1:1:key/1' }).form).toBe('code');
    expect(factForm({ name: 'audit_seq', value: '412' })).toEqual({ form: 'record', text: '412' });
    expect(factForm({ name: 'alias', value: 'alias/assinatura' })).toEqual({ form: 'text', text: 'assinatura' });
    expect(factForm({ name: 'old_key_state', value: 'disabled' }).text).toBe('desativada');
    expect(factForm({ name: 'skipped', value: 'no_alias' }).text).toBe('a chave não tem nome');
    expect(factForm({ name: 'identity_label', value: 'valid' }).text).toBe('valid');
  });

  it('have the words that the evidence report has', () => {
    const names = /match name \{([^]*?)_ => return None/.exec(existsSync(REPORT) ? readFileSync(REPORT, 'utf8') : '')?.[1] ?? '';
    for (const [, name] of names.matchAll(/"([a-z0-9_]+)" => self/g)) expect(factWord(name!), name).not.toBe(name!.replaceAll('_', ' '));
  });

  it('have names, and an unknown one is still readable', () => {
    for (const name of 'new_key_id public_key_sha256 certificate_sha256 alias probe_sha256 probe_signature request_id deletion_at audit_seq'.split(' ')) expect(factWord(name)).not.toContain('_');
    expect(factWord('brand_new_thing')).toBe('brand new thing');
  });
});

it('is called after the key', () => {
  expect(nameOf(rotation())).toBe('cartorio/assinatura');
  expect(nameOf(rotation({}, { plan: { ...rotation().plan, alias: null } }))).toBe('1');
  expect(stateOf(STOPPED).state).toBe('warn');
});

describe('the pretended office', () => {
  it('goes from an approved request to the transition, and can undo until the old key is off', async () => {
    const backend = new MockBackend({ start: 'production', pace: 0 });
    const asked = (await backend.call('requests_list', { open: true })).find(({ kind }) => kind === 'key_rotation')!;
    await backend.call('operator_switch', { id: 'op-2', password: null }).catch(() => undefined);
    expect(asked.may_decide).toBe(false);
    const list = await backend.call('rotations_list', {});
    expect(new Set(list.map(({ waits_for }) => waits_for))).toEqual(new Set(['transition', 'person', 'certificate', 'failure', null]));
    const stopped = list.find(({ waits_for }) => waits_for === 'person')!;
    const next = await backend.call('rotation_advance', { id: stopped.id, until: null });
    expect(next).toMatchObject({ state: 'transition', waits_for: 'transition', can_undo: true });
    const ended = await backend.call('rotation_advance', { id: stopped.id, until: null, end_transition_now: true });
    expect(ended).toMatchObject({ state: 'finished', can_undo: false, can_cancel_deletion: true });
    await expect(backend.call('rotation_undo', { id: stopped.id, reason: 'x' })).rejects.toMatchObject({ wire: { code: 'rotation_state' } });
    const lasting = list.find(({ waits_for }) => waits_for === 'transition')!;
    const undone = await backend.call('rotation_undo', { id: lasting.id, reason: 'x' });
    expect(undone.state).toBe('rolled_back');
    expect(undone.steps.filter(({ state }) => state === 'undone')).toHaveLength(5);
  });
});
