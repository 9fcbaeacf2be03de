import type { KeyDetail, KeyEvent, KeyList, KeySummary, KeyTag } from '../../generated/types';

import { failure, wireError } from './failure';
import { describeKey, MAX_AGE_DAYS } from './keys';
import type { Handlers, Shared } from './shared';
import { moment } from './time';

type Own = Pick<
  Handlers,
  | 'keys_list'
  | 'key_describe'
  | 'key_create'
  | 'key_alias_put'
  | 'key_alias_remove'
  | 'key_tags_change'
  | 'key_description_set'
  | 'key_enable'
  | 'key_deletion_schedule'
  | 'key_deletion_cancel'
  | 'key_public_save'
  | 'automatic_rotation_set'
  | 'key_rotate_now'
  | 'key_age_rule_save'
  | 'key_unlock_state'
  | 'key_unlock'
  | 'key_lock'
>;

/** Answers about keys. `problems` are the places that do not answer. */
export function keyHandlers(office: Shared, problems: () => KeyList['problems']): Own {
  const tags = new Map<string, KeyTag[]>();
  const renewals = new Map<string, NonNullable<KeyDetail['automatic_rotation']>>();
  let maxAge = MAX_AGE_DAYS;

  const find = (key_ref: string): KeySummary => {
    const found = office.keys.find((each) => each.key_ref === key_ref);
    if (found === undefined) throw failure('key_not_found', { key: key_ref });
    return found;
  };

  const detail = (key_ref: string): KeyDetail => {
    const found = describeKey(structuredClone(find(key_ref)));
    return { ...found, tags: tags.get(key_ref) ?? found.tags, automatic_rotation: renewals.get(key_ref) ?? found.automatic_rotation, timeline: timeline(office, found.summary) };
  };

  const change = (key_ref: string, act: string, what: (key: KeySummary) => void): KeyDetail => {
    const found = find(key_ref);
    what(found);
    office.trail.record(act, { key_id: found.key_id });
    return detail(key_ref);
  };

  const aliasIn = (key: KeySummary, alias: string): string => (key.origin === 'aws_kms' ? `alias/${alias}` : alias);

  return {
    keys_list: () => ({ keys: structuredClone(office.keys), problems: problems(), max_age_days: maxAge }),
    key_describe: ({ key_ref }) => detail(key_ref),
    key_create: async ({ spec, alias, description, usage, place, tags: own, multi_region }) => {
      await office.pause(900);
      const kind = place?.kind ?? (office.production ? 'aws' : 'local');
      if (office.keys.some((key) => key.aliases.includes(aliasIn(key, alias)))) throw failure('key_already_exists', { alias }, { retry: 'after_action' });
      const id = kind === 'local' ? alias : crypto.randomUUID();
      const seal = usage === 'seal';
      const created: KeySummary = {
        key_ref: kind === 'aws' ? `awskms:${id}?region=sa-east-1` : kind === 'token' ? `pkcs11:object=${alias}` : `local:${id}`,
        key_id: kind === 'aws' ? `arn:aws:kms:sa-east-1:123456789012:key/${id}` : id,
        aliases: [kind === 'aws' ? `alias/${alias}` : alias],
        description: description === '' ? null : description,
        spec: seal ? 'SYMMETRIC_DEFAULT' : spec,
        can_sign: !seal,
        state: 'enabled',
        created_at: moment(),
        deletion_at: null,
        origin: kind === 'aws' ? 'aws_kms' : kind === 'token' ? 'token' : 'local',
        region: kind === 'aws' ? 'sa-east-1' : null,
        identities: [],
        usage: seal ? 'seal' : 'sign',
        multi_region: multi_region ?? false,
        last_signed_at: null,
        signatures: 0,
        due_at: seal ? null : moment(maxAge),
        rotation: null,
      };
      office.keys = [created, ...office.keys];
      if (own !== undefined && own.length > 0) tags.set(created.key_ref, [...describeKey(created).tags, ...own]);
      office.trail.record('key_created', { key_id: created.key_id, detail: { spec, alias } });
      return { ...created };
    },
    key_alias_put: ({ key_ref, alias }) =>
      change(key_ref, 'key_alias_changed', (key) => {
        const full = aliasIn(key, alias);
        for (const other of office.keys) other.aliases = other.aliases.filter((name) => name !== full);
        key.aliases.push(full);
      }),
    key_alias_remove: ({ key_ref, alias }) => change(key_ref, 'key_alias_changed', (key) => (key.aliases = key.aliases.filter((name) => name !== aliasIn(key, alias)))),
    key_tags_change: ({ key_ref, put, remove }) =>
      change(key_ref, 'key_tagged', (key) => {
        const kept = (tags.get(key_ref) ?? describeKey(key).tags).filter(({ name }) => !remove.includes(name) && !put.some((tag) => tag.name === name));
        tags.set(key_ref, [...kept, ...put]);
      }),
    key_description_set: ({ key_ref, description }) => change(key_ref, 'key_described', (key) => (key.description = description === '' ? null : description)),
    key_enable: ({ key_ref, enabled }) =>
      change(key_ref, enabled ? 'key_enabled' : 'key_disabled', (key) => {
        key.state = enabled ? 'enabled' : 'disabled';
        key.can_sign = enabled && key.usage === 'sign';
        key.due_at = enabled && key.usage === 'sign' && key.created_at !== null ? moment(maxAge, new Date(key.created_at).getTime()) : null;
      }),
    key_deletion_schedule: () => {
      throw failure('approval_required', { act: 'key_deletion' }, { severity: 'warning', retry: 'after_action' });
    },
    key_deletion_cancel: ({ key_ref }) =>
      change(key_ref, 'key_deletion_cancelled', (key) => {
        key.state = 'disabled';
        key.deletion_at = null;
      }),
    key_public_save: ({ key_ref, format }) => {
      const name = (find(key_ref).aliases[0] ?? 'chave').replace(/^alias\//, '').replaceAll('/', '-');
      return { saved: office.documents.hold({ name: `${name}.${format === 'jwk' ? 'jwk.json' : format}`, size: 451, origin: 'result' }) };
    },
    automatic_rotation_set: ({ key_ref, period_days }) =>
      change(key_ref, 'key_renewal_changed', () => {
        const past = detail(key_ref).automatic_rotation?.past ?? [];
        renewals.set(key_ref, { period_days, next_at: period_days === null ? null : moment(period_days), past });
      }),
    key_rotate_now: ({ key_ref }) =>
      change(key_ref, 'key_renewed', () => {
        const before = detail(key_ref).automatic_rotation ?? { period_days: null, next_at: null, past: [] };
        renewals.set(key_ref, { ...before, past: [{ at: moment(), on_demand: true }, ...before.past] });
      }),
    key_age_rule_save: ({ max_age_days }) => {
      maxAge = max_age_days;
      for (const key of office.keys) if (key.due_at !== null && key.created_at !== null) key.due_at = moment(maxAge, new Date(key.created_at).getTime());
      return { max_age_days };
    },
    key_unlock_state: ({ key_ref }) => office.locks.state(key_ref),
    key_unlock: async ({ key_ref, secret }) => {
      const typed = secret === null ? null : await office.channels.unseal(secret);
      await office.pause(500);
      office.locks.open(key_ref, typed);
      return office.locks.state(key_ref);
    },
    key_lock: ({ key_ref }) => {
      office.locks.close(key_ref);
      return office.locks.state(key_ref);
    },
  };
}

/** A place of keys that does not answer. */
export function placeProblem(): KeyList['problems'][number] {
  return { origin: 'aws_kms', name: 'homologacao (us-east-1)', error: wireError('aws_unreachable', { endpoint: 'kms.us-east-1.amazonaws.com', reason: 'timeout' }, { retry: 'later' }) };
}

function timeline({ trail }: Shared, { key_id, created_at }: KeySummary): KeyEvent[] {
  const told = trail
    .page({ act: null, text: key_id, before: null, limit: 40 })
    .records.filter(({ phase }) => phase !== 'intent')
    .map(({ seq, at, act, phase, operator }) => ({ seq, at, act, outcome: phase, operator }));
  return created_at === null ? told : [...told, { seq: 3, at: created_at, act: 'key_created', outcome: 'succeeded', operator: 'Helena Prado de Albuquerque' }];
}
