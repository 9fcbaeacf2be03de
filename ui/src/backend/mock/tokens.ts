import type { TokenCertificateView, TokenContent, TokenModuleView, TokenView } from '../../generated/types';

import { describe } from './certificates';
import { failure, wireError } from './failure';
import { TOKEN_HOLDER, identity, tokenKey } from './keys';
import { maskCpf } from './certificates';
import { triesOf } from './locks';
import type { Handlers, Shared } from './shared';

type Own = Pick<Handlers, 'tokens_list' | 'token_module_add' | 'token_module_remove' | 'token_content' | 'token_login' | 'token_logout' | 'identity_adopt'>;

/** The PIN of every pretended token. */
export const PIN = '1234';

const CANDIDATES = [
  { id: 'candidate-safenet', product: 'SafeNet eToken', path: '/usr/lib/libeTPkcs11.so' },
  { id: 'candidate-opensc', product: 'OpenSC (cartões e tokens diversos)', path: '/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so' },
];

/** Answers about tokens. In production one module is in use; elsewhere it has to be added first. */
export function tokenHandlers(office: Shared): Own {
  const key = tokenKey();
  let modules: TokenModuleView[] = office.production && !office.empty ? [safenet(), broken()] : [];
  const used = new Set(modules.length > 0 ? ['candidate-safenet'] : []);

  office.locks.put(key.key_ref, { needs: 'pin', name: 'A3 Mário Teles', secret: PIN });

  const token = (id: string): TokenView => {
    const found = modules.flatMap(({ tokens }) => tokens).find((each) => each.id === id);
    if (found === undefined) throw failure('token_absent', { token: id }, { retry: 'after_action' });
    if (id !== 'token-a3') return found;
    const lock = office.locks.get(key.key_ref);
    return lock === undefined ? found : { ...found, logged_in: lock.open, tries: triesOf(lock), locked: lock.wrong >= 3 };
  };
  const fresh = () => modules.map((module) => ({ ...module, tokens: module.tokens.map(({ id }) => token(id)) }));
  const desk = () => ({ modules: fresh(), candidates: CANDIDATES.filter(({ id }) => !used.has(id)) });

  const content = (id: string): TokenContent => {
    const found = token(id);
    const shown = { ...key, identities: office.identities.filter(({ key_ref }) => key_ref === key.key_ref).map(({ label }) => label) };
    return { token: found, keys: id === 'token-a3' ? [{ key: shown, certificates: [certificate()] }] : [], other_certificates: [] };
  };

  return {
    tokens_list: async () => {
      await office.pause(300);
      return desk();
    },
    token_module_add: async ({ candidate }) => {
      await office.pause(700);
      used.add(candidate ?? 'picked');
      modules = [...modules.filter(({ id }) => id !== 'module-safenet'), safenet()];
      office.trail.record('token_module_added');
      return desk();
    },
    token_module_remove: ({ id }) => {
      modules = modules.filter((module) => module.id !== id);
      if (id === 'module-safenet') used.delete('candidate-safenet');
      return desk();
    },
    token_content: async ({ id }) => {
      await office.pause(300);
      return content(id);
    },
    token_login: async ({ id, pin }) => {
      const typed = pin === null ? null : await office.channels.unseal(pin);
      await office.pause(600);
      if (id === 'token-a3') office.locks.open(key.key_ref, typed);
      else if (typed === null || typed === PIN) modules = modules.map((module) => ({ ...module, tokens: module.tokens.map((each) => (each.id === id ? { ...each, logged_in: true } : each)) }));
      else throw failure('token_pin_wrong', { token: token(id).label, tries: 'few' }, { retry: 'after_action' });
      return content(id);
    },
    token_logout: ({ id }) => {
      office.locks.close(key.key_ref);
      modules = modules.map((module) => ({ ...module, tokens: module.tokens.map((each) => (each.id === id ? { ...each, logged_in: false } : each)) }));
      return content(id);
    },
    identity_adopt: async ({ key_ref, label }) => {
      await office.pause(500);
      if (office.identities.some((each) => each.label === label)) throw failure('invalid_field', { field: 'label', reason: 'taken' }, { severity: 'warning', retry: 'after_action' });
      if (key_ref !== key.key_ref) throw failure('key_not_found', { key: key_ref });
      const created = identity(`identity-${office.identities.length + 1}`, label, TOKEN_HOLDER, key);
      office.identities = [...office.identities, created];
      office.remember(TOKEN_HOLDER);
      office.trail.record('identity_created', { key_id: key.key_id, certificate_sha256: created.certificate_sha256 });
      return created;
    },
  };
}

function safenet(): TokenModuleView {
  const base = { manufacturer: 'SafeNet, Inc.', model: 'eToken', slot: 'SafeNet eToken 5110 [SCR Interface] 00 00', logged_in: false, locked: false, initialised: true, tries: 'full', pin_pad: false };
  return {
    id: 'module-safenet',
    name: 'libeTPkcs11.so',
    path: '/usr/lib/libeTPkcs11.so',
    problem: null,
    tokens: [
      { ...base, id: 'token-a3', label: 'A3 Mário Teles', serial: '0091A7F3' },
      { ...base, id: 'token-pad', label: 'Cartão do cartório', serial: '7712-0040', slot: 'Leitor com teclado 01 00', manufacturer: 'Gemalto', model: 'IDPrime', pin_pad: true, tries: 'few' },
      { ...base, id: 'token-locked', label: 'A3 antigo', serial: '0044C201', slot: 'SafeNet eToken 5110 02 00', locked: true },
      { ...base, id: 'token-blank', label: '', serial: '00000000', slot: 'SafeNet eToken 5110 03 00', initialised: false },
    ],
  };
}

function broken(): TokenModuleView {
  return { id: 'module-broken', name: 'libaetpkss.so.3', path: '/usr/lib/libaetpkss.so.3', problem: wireError('token_module_unusable', { module: 'libaetpkss.so.3', reason: 'CKR_GENERAL_ERROR' }, { retry: 'after_action' }), tokens: [] };
}

function certificate(): TokenCertificateView {
  const { sha256, not_before, not_after } = describe(TOKEN_HOLDER);
  return { sha256, holder: TOKEN_HOLDER.name, masked_cpf: maskCpf(TOKEN_HOLDER.cpf ?? ''), issuer: 'AC Exemplo RFB v5', not_before, not_after, matches_key: true };
}
