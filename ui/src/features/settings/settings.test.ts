import { describe, expect, it } from 'vitest';

import type { ProfileView } from '../../generated/types';
import { EMPTY, accessKeys, checkNames, checkProfile, formOf, isPlainHttp, refusedProfile, roleOf, ssoOf } from './form';

const STORED: ProfileView = { name: 'cartorio', region: 'sa-east-1', endpoint: null, use_fips: false, kms: { at_once: 32, per_second: 800 }, source: 'keyring', named_profile: null, has_stored_keys: true, active: false, sso: null, role: null, credentials: { expires_at: null, login_until: null, login: null } };
const GOOD: typeof EMPTY = { ...EMPTY, source: 'named_profile', name: 'novo', named: 'sso' };
const SSO: typeof EMPTY = { ...EMPTY, name: 'novo', startUrl: 'https://cartorio.awsapps.com/start' };
const ROLE: typeof EMPTY = { ...EMPTY, name: 'novo', source: 'assume_role', roleArn: 'arn:aws:iam::123456789012:role/cartorio', mfaSerial: 'arn:aws:iam::123456789012:mfa/helena', named: 'base' };
const fields = (problems: { field: string }[]) => problems.map(({ field }) => field);

describe('checkProfile', () => {
  it('begins in São Paulo and lacks only names', () => {
    expect(EMPTY.region).toBe('sa-east-1');
    expect(fields(checkProfile(EMPTY, [], null))).toEqual(['name', 'startUrl']);
    expect(checkProfile(GOOD, [STORED], null)).toEqual([]);
  });

  it('does not let a new profile take the place of another', () => {
    expect(fields(checkProfile({ ...GOOD, name: 'cartorio' }, [STORED], null))).toEqual(['name']);
    expect(checkProfile({ ...formOf(STORED) }, [STORED], STORED)).toEqual([]);
  });

  it('keeps stored keys only where there are some and nothing was typed', () => {
    expect(checkProfile(formOf(STORED), [], STORED)).toEqual([]);
    expect(fields(checkProfile({ ...formOf(STORED), accessKey: 'AKIA' }, [], STORED))).toEqual(['secretKey']);
    expect(fields(checkProfile(formOf(STORED), [], { ...STORED, has_stored_keys: false }))).toEqual(['accessKey', 'secretKey']);
    expect(fields(checkProfile({ ...GOOD, source: 'keyring' }, [], null))).toEqual(['accessKey', 'secretKey']);
  });

  it('wants an endpoint that is one', () => {
    for (const endpoint of ['', 'https://vpce-1.kms.sa-east-1.vpce.amazonaws.com', 'http://127.0.0.1:4566']) expect(checkProfile({ ...GOOD, endpoint }, [], null)).toEqual([]);
    for (const endpoint of ['kms.amazonaws.com', 'ftp://x', 'https://', 'https:// x']) expect(fields(checkProfile({ ...GOOD, endpoint }, [], null)), endpoint).toEqual(['endpoint']);
    expect(isPlainHttp(' HTTP://127.0.0.1')).toBe(true);
    expect(isPlainHttp('https://x')).toBe(false);
  });

  it('wants limits that KMS can have, and keeps those that are stored', () => {
    for (const kmsAtOnce of ['', '0', '129', '2.5', 'x', '0x10', '1e1', '+5']) expect(fields(checkProfile({ ...GOOD, kmsAtOnce }, [], null)), kmsAtOnce).toEqual(['kmsAtOnce']);
    for (const kmsPerSecond of ['', '0', '20001', '0x10', '1e2']) expect(fields(checkProfile({ ...GOOD, kmsPerSecond }, [], null)), kmsPerSecond).toEqual(['kmsPerSecond']);
    expect(checkProfile({ ...GOOD, kmsAtOnce: '128', kmsPerSecond: '20000' }, [], null)).toEqual([]);
    expect(formOf({ ...STORED, kms: { at_once: 4, per_second: 50 } })).toMatchObject({ kmsAtOnce: '4', kmsPerSecond: '50' });
  });
});

describe('logins', () => {
  it('may leave account and role for after the first one, but not half', () => {
    expect(checkProfile(SSO, [], null)).toEqual([]);
    expect(checkProfile({ ...SSO, accountId: '123456789012', roleName: 'Tabeliao' }, [], null)).toEqual([]);
    expect(fields(checkProfile({ ...SSO, accountId: '123456789012' }, [], null))).toEqual(['roleName']);
    expect(fields(checkProfile({ ...SSO, roleName: 'Tabeliao' }, [], null))).toEqual(['accountId']);
    expect(fields(checkProfile({ ...SSO, accountId: '12', roleName: 'a b' }, [], null))).toEqual(['accountId', 'roleName']);
    for (const startUrl of ['', 'http://x.awsapps.com/start', 'cartorio.awsapps.com']) expect(fields(checkProfile({ ...SSO, startUrl }, [], null)), startUrl).toEqual(['startUrl']);
    expect(fields(checkProfile({ ...SSO, ssoRegion: 'Brasil' }, [], null))).toEqual(['ssoRegion']);
  });

  it('want a role, and credentials that take it on', () => {
    expect(checkProfile(ROLE, [], null)).toEqual([]);
    expect(fields(checkProfile({ ...ROLE, roleArn: 'cartorio' }, [], null))).toEqual(['roleArn']);
    expect(fields(checkProfile({ ...ROLE, named: '' }, [], null))).toEqual(['named']);
    expect(fields(checkProfile({ ...ROLE, base: 'keyring' }, [], null))).toEqual(['accessKey', 'secretKey']);
    for (const minutes of ['', '14', '721', '60.5', 'uma', '0x10', '6e1', '+60']) expect(fields(checkProfile({ ...ROLE, minutes }, [], null)), minutes).toEqual(['minutes']);
    expect(fields(checkProfile({ ...ROLE, mfaSerial: 'x', externalId: 'a b' }, [], null))).toEqual(['mfaSerial', 'externalId']);
  });

  it('go to the backend whole and come back as they went', () => {
    expect(ssoOf(GOOD)).toBeNull();
    expect(roleOf(SSO)).toBeNull();
    const view: ProfileView = { ...STORED, source: 'sso', has_stored_keys: false, sso: ssoOf({ ...SSO, accountId: '123456789012', roleName: 'T' }) };
    expect(ssoOf(formOf(view))).toEqual(view.sso);
    const role: ProfileView = { ...STORED, source: 'assume_role', role: roleOf({ ...ROLE, base: 'keyring' }) };
    expect(roleOf(formOf(role))).toEqual(role.role);
    expect(role.role).toMatchObject({ session_minutes: 60, external_id: null, base_profile: null });
    // Keys of the base are kept, like those of a profile of its own.
    expect(checkProfile(formOf(role), [], role)).toEqual([]);
  });
});

describe('accessKeys', () => {
  it('holds what was typed, and nothing where nothing was', () => {
    expect(accessKeys(GOOD)).toBeNull();
    expect(accessKeys({ ...GOOD, source: 'keyring' })).toBeNull();
    expect(accessKeys({ ...GOOD, accessKey: 'AKIA', secretKey: 's' })).toBeNull();
    expect(JSON.parse(accessKeys({ ...GOOD, source: 'keyring', accessKey: ' AKIA ', secretKey: ' s ' })!)).toEqual({ access_key_id: 'AKIA', secret_access_key: 's' });
    expect(JSON.parse(accessKeys({ ...GOOD, source: 'keyring', accessKey: 'A', secretKey: 's', sessionToken: 't' })!)).toHaveProperty('session_token', 't');
  });

  it('never comes back from a stored profile', () => {
    expect(formOf(STORED)).toMatchObject({ accessKey: '', secretKey: '', sessionToken: '' });
  });
});

it('names the field that the backend refused', () => {
  const wire = { code: 'invalid_field', params: { field: 'named_profile', reason: 'empty' }, severity: 'warning', retry: 'after_action', detail: '' } as const;
  expect(refusedProfile(wire)?.field).toBe('named');
  expect(refusedProfile({ ...wire, params: { field: 'toString' } })).toBeNull();
});

it('wants both names the first time', () => {
  expect(fields(checkNames({ office: ' ', operator: '' }))).toEqual(['office', 'operator']);
  expect(fields(checkNames({ office: 'x'.repeat(65), operator: 'Helena' }))).toEqual(['office']);
  expect(checkNames({ office: '1º Ofício', operator: 'Helena' })).toEqual([]);
});
