import type { CredentialStatusView, DeviceLoginView, LoginProgressView, ProfileView, SsoAccountView } from '../../generated/types';
import type { Request } from '../backend';

import type { Channels } from './channel';
import { failure } from './failure';
import { moment } from './time';
import type { Trail } from './trail';

const MINUTE = 1 / 1440;
/** How often the browser is not confirmed yet. */
const PENDING = 2;
/** A number that AWS never accepts here. */
const WRONG = '000000';

/** How the session of the profile in use stands when the window opens. */
export type SessionOption = 'open' | 'ending' | 'over';

/** Logins at AWS: the browser is confirmed after a while, and any six digits but one are right. */
export class Logins {
  #logins = new Map<string, { profile: string; polls: number }>();

  constructor(
    private readonly profiles: () => ProfileView[],
    private readonly trail: Trail,
    private readonly channels: Channels,
    private readonly pace: number,
  ) {}

  start({ name }: Request<'aws_login_start'>): DeviceLoginView {
    this.#profile(name);
    const id = `login-${this.#logins.size + 1}`;
    this.#logins.set(id, { profile: name, polls: 0 });
    return { id, user_code: 'WDJB-MJHT', url: 'https://cartorio-exemplo.awsapps.com/start/#/device?user_code=WDJB-MJHT', expires_at: moment(10 * MINUTE), interval: this.pace === 0 ? 0 : 2, opened: this.#logins.size % 2 === 1 };
  }

  poll({ profile, id }: Request<'aws_login_poll'>): LoginProgressView {
    const login = this.#logins.get(id);
    if (login === undefined || login.profile !== profile) return { state: 'over', interval: null, credentials: null };
    login.polls += 1;
    if (login.polls <= PENDING) return { state: 'pending', interval: null, credentials: null };
    this.#logins.delete(id);
    return { state: 'done', interval: null, credentials: this.#open(profile, { expires_at: moment(60 * MINUTE), login_until: moment(8 / 24), login: null }, 'sso') };
  }

  async mfa({ profile, code }: Request<'aws_login_mfa'>): Promise<CredentialStatusView> {
    this.#profile(profile);
    const digits = await this.channels.unseal(code);
    if (!/^\d{6}$/.test(digits) || digits === WRONG) throw failure('aws_mfa_refused', { profile }, { severity: 'warning', retry: 'after_action' });
    return this.#open(profile, { expires_at: moment(60 * MINUTE), login_until: null, login: null }, 'mfa');
  }

  logout({ name }: Request<'aws_logout'>): ProfileView[] {
    const profile = this.#profile(name);
    profile.credentials = { expires_at: null, login_until: null, login: profile.source === 'sso' ? 'sso' : 'mfa' };
    this.trail.record('cloud_logout', { detail: { profile: name } });
    return structuredClone(this.profiles());
  }

  accounts({ name }: Request<'sso_accounts'>): SsoAccountView[] {
    const profile = this.#profile(name);
    if (profile.credentials.login !== null) throw failure('aws_login_required', { profile: name, method: 'sso' }, { severity: 'warning', retry: 'after_action' });
    return [
      { account_id: '123456789012', name: 'Cartório do 1º Ofício, produção', roles: ['CartorioTabeliao', 'CartorioEscrevente'] },
      { account_id: '210987654321', name: 'Cartório do 1º Ofício, homologação', roles: ['CartorioEscrevente'] },
    ];
  }

  #open(name: string, credentials: CredentialStatusView, method: string): CredentialStatusView {
    this.#profile(name).credentials = credentials;
    this.trail.record('cloud_login', { detail: { profile: name, method } });
    return { ...credentials };
  }

  #profile(name: string): ProfileView {
    const profile = this.profiles().find((each) => each.name === name);
    if (profile === undefined) throw failure('profile_unknown', { name });
    return profile;
  }
}

/** The profiles of the pretended installation, one of each source. */
export function profiles(session: SessionOption = 'open'): ProfileView[] {
  const nobody: CredentialStatusView = { expires_at: null, login_until: null, login: null };
  const base = { region: 'sa-east-1', endpoint: null, use_fips: false, kms: { at_once: 32, per_second: 800 }, named_profile: null, has_stored_keys: false, active: false, sso: null, role: null, credentials: nobody };
  const sso = { start_url: 'https://cartorio-exemplo.awsapps.com/start', sso_region: 'us-east-1', account_id: '123456789012', role_name: 'CartorioTabeliao' };
  const sessions: Record<SessionOption, CredentialStatusView> = {
    open: { expires_at: moment(40 * MINUTE), login_until: moment(5 / 24), login: null },
    ending: { expires_at: moment(8.5 * MINUTE), login_until: moment(8.5 * MINUTE), login: null },
    over: { expires_at: moment(-MINUTE), login_until: moment(-MINUTE), login: 'sso' },
  };
  return [
    { ...base, name: 'cartorio-producao', source: 'sso', sso, credentials: sessions[session], active: true },
    {
      ...base,
      name: 'plantao',
      source: 'assume_role',
      has_stored_keys: true,
      role: { role_arn: 'arn:aws:iam::123456789012:role/cartorio-plantao', mfa_serial: 'arn:aws:iam::123456789012:mfa/helena.prado', external_id: null, session_minutes: 60, base: 'keyring', base_profile: null },
      credentials: { ...nobody, login: 'mfa' },
    },
    { ...base, name: 'cartorio-antigo', source: 'named_profile', named_profile: 'cartorio-sso' },
    { ...base, name: 'homologacao', source: 'keyring', has_stored_keys: true, endpoint: 'http://127.0.0.1:4566' },
    { ...base, name: 'maquina', source: 'default', region: 'us-east-1', use_fips: true },
  ];
}
