import type { AccessConditionView, AccessGrantView, AccessStatementView } from '$ui/generated/types';
import { locale, m } from '$ui/i18n';
import { message } from '$ui/i18n/errors';

/**
 * A statement of a key's policy as a sentence.
 *
 * Nothing is left out: what has no words here is shown as AWS writes it.
 */
export function statementSentence(statement: AccessStatementView): string {
  const who = principalsWords(statement);
  const what = actionsWords(statement.actions, statement.actions_excluded);
  const conditions = statement.conditions.map(conditionWords);
  if (conditions.length === 0) return statement.allows ? m.keys_access_allows({ who, what }) : m.keys_access_denies({ who, what });
  const when = list(conditions);
  return statement.allows ? m.keys_access_allows_when({ who, what, when }) : m.keys_access_denies_when({ who, what, when });
}

/** A grant as a sentence. */
export function grantSentence({ grantee, operations }: AccessGrantView): string {
  return m.keys_access_grant({ who: principalWord(grantee), what: actionsWords(operations.map((name) => `kms:${name}`), false) });
}

/** Whether a statement lets anybody in, whoever it is and from wherever. */
export function isOpen({ allows, principals, principals_excluded, conditions }: AccessStatementView): boolean {
  return allows && conditions.length === 0 && (principals_excluded || principals.includes('*'));
}

/** Who a principal is: an account, a user, a role, a service. */
export function principalWord(principal: string): string {
  if (principal === '*') return m.keys_who_anyone();
  const account = /^(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?$/.exec(principal)?.[1];
  if (account !== undefined) return m.keys_who_account({ account });
  const service = /^([a-z0-9.-]+)\.amazonaws\.com(?:\.cn)?$/.exec(principal)?.[1];
  if (service !== undefined) return m.keys_who_service({ name: service });
  const arn = /^arn:[\w-]+:(iam|sts)::(\d{12}):([a-z-]+)\/(.+)$/.exec(principal);
  if (arn !== null) {
    const [, , own = '', kind = '', path = ''] = arn;
    const parts = path.split('/');
    const name = parts.at(-1) ?? path;
    const sso = /^AWSReservedSSO_(.+)_[0-9a-f]{16}$/;
    switch (kind) {
      case 'user':
        return m.keys_who_user({ name, account: own });
      case 'role':
        return sso.test(name) ? m.keys_who_sso({ name: sso.exec(name)?.[1] ?? name, account: own }) : m.keys_who_role({ name, account: own });
      case 'assumed-role': {
        const role = parts[0] ?? '';
        return m.keys_who_session({ session: name, role: sso.exec(role)?.[1] ?? role, account: own });
      }
      case 'federated-user':
        return m.keys_who_user({ name, account: own });
      default:
        break;
    }
  }
  // AWS puts the number of a user or role that was deleted in the place of its name.
  if (/^A(?:IDA|ROA)[A-Z0-9]{12,}$/.test(principal)) return m.keys_who_deleted({ id: principal });
  return m.keys_who_other({ name: principal });
}

/** What may be done, in words. */
export function actionsWords(actions: readonly string[], excluded: boolean): string {
  if (actions.some((action) => action === '*' || action.toLowerCase() === 'kms:*')) return excluded ? m.keys_what_none() : m.keys_what_all();
  const whole = actions.filter((action) => !/[*?]/.test(action)).map(actionWord);
  const patterns = actions.filter((action) => /[*?]/.test(action)).map((action) => action.replace(/^kms:/i, ''));
  const words = [...new Set([...whole, ...(patterns.length > 0 ? [m.keys_what_pattern({ patterns: patterns.join(', ') })] : [])])];
  return excluded ? m.keys_what_all_but({ what: list(words) }) : list(words);
}

/** A condition as a clause: «o endereço de rede for 10.0.0.0/8». */
export function conditionWords({ operator, key, values }: AccessConditionView): string {
  const [, set = '', base = '', ifExists = ''] = /^(?:(ForAnyValue|ForAllValues):)?(.*?)(IfExists)?$/i.exec(operator) ?? [];
  const name = conditionName(key);
  const value = list(values, 'disjunction');
  const clause = clauseOf(base.toLowerCase(), name, value, values) ?? m.keys_when_other({ name, operator, value });
  const every = set.toLowerCase() === 'forallvalues' ? m.keys_when_every({ clause }) : clause;
  return ifExists === '' ? every : m.keys_when_if_exists({ clause: every });
}

function clauseOf(operator: string, name: string, value: string, values: readonly string[]): string | null {
  switch (operator) {
    case 'stringequals':
    case 'stringequalsignorecase':
    case 'arnequals':
    case 'numericequals':
    case 'dateequals':
    case 'binaryequals':
      return m.keys_when_equals({ name, value });
    case 'stringnotequals':
    case 'stringnotequalsignorecase':
    case 'arnnotequals':
    case 'numericnotequals':
    case 'datenotequals':
      return m.keys_when_not_equals({ name, value });
    case 'stringlike':
    case 'arnlike':
      return m.keys_when_like({ name, value });
    case 'stringnotlike':
    case 'arnnotlike':
      return m.keys_when_not_like({ name, value });
    case 'ipaddress':
      return m.keys_when_in({ name, value });
    case 'notipaddress':
      return m.keys_when_not_in({ name, value });
    case 'numericlessthan':
      return m.keys_when_less({ name, value });
    case 'numericlessthanequals':
      return m.keys_when_at_most({ name, value });
    case 'numericgreaterthan':
      return m.keys_when_more({ name, value });
    case 'numericgreaterthanequals':
      return m.keys_when_at_least({ name, value });
    case 'datelessthan':
    case 'datelessthanequals':
      return m.keys_when_before({ name, value });
    case 'dategreaterthan':
    case 'dategreaterthanequals':
      return m.keys_when_after({ name, value });
    case 'bool':
      return isTrue(values) ? m.keys_when_true({ name }) : m.keys_when_false({ name });
    case 'null':
      return isTrue(values) ? m.keys_when_absent({ name }) : m.keys_when_present({ name });
    default:
      return null;
  }
}

function isTrue(values: readonly string[]): boolean {
  return values.length === 1 && values[0]?.toLowerCase() === 'true';
}

/** What is looked at, in words; the key of the condition where it has none. */
function conditionName(key: string): string {
  const [, prefix = '', rest = ''] = /^(aws:(?:Principal|Request|Resource)Tag\/|kms:EncryptionContext:)(.+)$/i.exec(key) ?? [];
  switch (prefix.toLowerCase()) {
    case 'aws:principaltag/':
      return m.keys_cond_principal_tag({ name: rest });
    case 'aws:requesttag/':
      return m.keys_cond_request_tag({ name: rest });
    case 'aws:resourcetag/':
      return m.keys_cond_resource_tag({ name: rest });
    case 'kms:encryptioncontext:':
      return m.keys_cond_context({ name: rest });
    default:
      return message(`keys_cond_${key.toLowerCase().replace(/[^a-z0-9]+/g, '_')}`) ?? key;
  }
}

/** An action in words; as AWS writes it where it has none. */
function actionWord(action: string): string {
  const name = action.replace(/^kms:/i, '');
  return message(`keys_act_${name.toLowerCase()}`) ?? action;
}

function principalsWords({ principals, principals_excluded }: AccessStatementView): string {
  if (principals.length === 0) return m.keys_who_nobody();
  const who = list(principals.map(principalWord));
  return principals_excluded ? m.keys_who_all_but({ who }) : who;
}

function list(words: readonly string[], type: 'conjunction' | 'disjunction' = 'conjunction'): string {
  return new Intl.ListFormat(locale.current, { type }).format(words);
}
