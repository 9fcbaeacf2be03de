import type { OperatorCard, OperatorView, Permission } from '../../generated/types';
import type { Request } from '../backend';

import type { Channels } from './channel';
import { failure } from './failure';
import type { Trail } from './trail';

const CLERK: Permission[] = ['sign', 'verify', 'inspect', 'request'];
const SUPERVISOR: Permission[] = [...CLERK, 'issue_certificates', 'approve', 'manage_trust', 'read_trail'];

/** What a role may do, as the backend has it. */
export function permissionsOf(role: string): Permission[] {
  switch (role) {
    case 'notary':
      return [...SUPERVISOR, 'manage_keys', 'manage_operators', 'manage_settings'];
    case 'supervisor':
      return SUPERVISOR;
    case 'clerk':
      return CLERK;
    default:
      return ['verify', 'inspect', 'read_trail'];
  }
}

/** People of the pretended office beside the one who begins. */
export const MARCOS: OperatorView = { id: 'op-2', name: 'Marcos Vinícius Tavares', role: 'supervisor' };
export const ANA: OperatorView = { id: 'op-3', name: 'Ana Clara Ribeiro', role: 'clerk' };
const SILVIA: OperatorView = { id: 'op-4', name: 'Sílvia Nakamura', role: 'auditor' };

/** A password that is never right here. */
const WRONG = 'errada';

interface Person {
  operator: OperatorView;
  active: boolean;
  password: boolean;
}

/** Who works in the pretended office. Every password opens but one. */
export class People {
  #people: Person[];

  constructor(
    /** Who has the seat; the same object all the time. */
    private readonly seat: OperatorView,
    private readonly trail: Trail,
    private readonly channels: Channels,
    private readonly demo: () => boolean,
    alone: boolean,
  ) {
    this.#people = [
      { operator: { ...seat }, active: true, password: true },
      ...(alone ? [] : [MARCOS, ANA].map((operator) => ({ operator: { ...operator }, active: true, password: true }))),
      ...(alone ? [] : [{ operator: { ...SILVIA }, active: false, password: false }]),
    ];
  }

  list(): OperatorCard[] {
    const all = permissionsOf(this.seat.role).includes('manage_operators');
    return this.#people
      .filter(({ active }) => active || all)
      .map(({ operator, active, password }) => ({ operator: { ...operator }, active, has_password: password && !this.demo(), current: operator.id === this.seat.id }));
  }

  async add({ name, role, password }: Request<'operator_add'>): Promise<OperatorCard[]> {
    if (this.#people.some((person) => person.active && person.operator.name === name)) throw failure('invalid_field', { field: 'name', reason: 'taken' }, WARNING);
    if (password === null && !this.demo()) throw failure('invalid_field', { field: 'password', reason: 'empty' }, WARNING);
    if (password !== null) await this.#check(await this.channels.unseal(password));
    this.#people.push({ operator: { id: `op-${this.#people.length + 1}`, name, role }, active: true, password: password !== null });
    this.trail.record('operator_added', { detail: { operator_name: name, role } });
    return this.list();
  }

  change({ id, name, role, active }: Request<'operator_change'>): OperatorCard[] {
    const person = this.#find(id);
    const notaries = this.#people.filter((each) => each !== person && each.active && each.operator.role === 'notary');
    if (notaries.length === 0 && (role !== 'notary' || !active)) throw failure('operator_last_notary', {}, WARNING);
    if (id === this.seat.id && (role !== person.operator.role || !active)) throw failure('invalid_field', { field: 'role', reason: 'own' }, WARNING);
    this.trail.record('operator_changed', { detail: { operator_name: name, role, role_before: person.operator.role, active: String(active) } });
    Object.assign(person, { operator: { id, name, role }, active });
    if (id === this.seat.id) Object.assign(this.seat, person.operator);
    return this.list();
  }

  async password({ id, current, new: next }: Request<'operator_password'>): Promise<OperatorCard[]> {
    const person = this.#find(id);
    if (id === this.seat.id && person.password && !this.demo()) {
      if (current === null) throw failure('invalid_field', { field: 'current', reason: 'empty' }, WARNING);
      if ((await this.channels.unseal(current)) === WRONG) throw failure('operator_password_wrong', {}, WARNING);
    }
    await this.#check(await this.channels.unseal(next));
    person.password = true;
    this.trail.record('operator_secret_set', { detail: { operator_name: person.operator.name } });
    return this.list();
  }

  async switch({ id, password }: Request<'operator_switch'>): Promise<void> {
    const person = this.#find(id);
    if (!person.active) throw failure('operator_unknown', {}, WARNING);
    if (!this.demo()) {
      if (!person.password) throw failure('operator_password_missing', { name: person.operator.name }, WARNING);
      if (password === null) throw failure('invalid_field', { field: 'password', reason: 'empty' }, WARNING);
      if ((await this.channels.unseal(password)) === WRONG) throw failure('operator_password_wrong', {}, WARNING);
    }
    Object.assign(this.seat, person.operator);
    this.trail.record('operator_switched', { detail: { operator_name: person.operator.name, role: person.operator.role } });
  }

  async #check(password: string): Promise<void> {
    if (password.length < 8) throw failure('invalid_field', { field: 'password', reason: 'too_short' }, WARNING);
  }

  #find(id: string): Person {
    const person = this.#people.find(({ operator }) => operator.id === id);
    if (person === undefined) throw failure('operator_unknown', {}, WARNING);
    return person;
  }
}

const WARNING = { severity: 'warning', retry: 'after_action' } as const;
