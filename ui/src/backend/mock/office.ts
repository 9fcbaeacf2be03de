import type { AppState, CertificateBundle, Environment, IdentitySummary, KeySummary, ProfileView, RequestMakeWhat } from '../../generated/types';
import type { CommandName, EventName, Events, Request, Response } from '../backend';

import { INTERMEDIATE, KMS_IDENTITY, NOTARY, type Recipe, ROOT, SUBSCRIBERS, chain, describe, heap, revealed, summary } from './certificates';
import { Channels } from './channel';
import { Documents } from './documents';
import { failure, wireError } from './failure';
import { Jobs } from './jobs';
import { Logins, type SessionOption, profiles } from './logins';
import { People, permissionsOf } from './people';
import { type AnchorWhat, Requests, digestOf } from './requests';
import { Rotations } from './rotations';
import { a1Identity, demoIdentity, identity, kmsIdentity, kmsKeys, localKeys, manyKeys } from './keys';
import { Locks } from './locks';
import { keyDesk, type KeyDeskCommands } from './own';
import { report } from './reports';
import type { Handlers, Shared } from './shared';
import { moment, wait } from './time';
import { Trail, history } from './trail';
import { OFFICE } from './texts';
import { anchorRequest } from './trust';

/** How the pretended office begins and behaves. */
export interface MockOptions {
  /** Where the program is when the window opens. */
  start: Environment;
  /** Factor on every delay; 0 answers at once. */
  pace: number;
  /** Whether lists begin empty. */
  empty: boolean;
  /** Codes with which commands fail. */
  fail: Partial<Record<CommandName, string>>;
  /** Whether the trail was tampered with. */
  broken: boolean;
  /** Whether an act of an earlier session never ended. */
  interrupted: boolean;
  /** Code of why the office of the last start could not be opened again. */
  resume: string | null;
  /** So many more keys, to see how a long list scrolls. */
  many?: number;
  /** So many documents in a folder that is opened, to see how a large batch behaves. */
  pile?: number;
  /** So many certificates on the heap, to see how it behaves. */
  heap?: number;
  /** Whether a place of keys does not answer. */
  partly?: boolean;
  /** Code of what a signing job waits for after its first document, once. */
  pause?: string | null;
  /** How the session at AWS stands; open where it is not said. */
  session?: SessionOption;
  /** Role of the person who works; the notary where it is not said. */
  role?: string;
  locale: 'pt-BR' | 'en';
  theme: 'system' | 'light' | 'dark';
}

/** An office that lives in memory; every command answers as the real one would. */
export class Office {
  #documents = new Documents();
  #channels = new Channels();
  #operator = { id: 'op-1', name: 'Helena Prado de Albuquerque', role: 'notary' };
  #notary = { ...this.#operator };
  #environment: Environment;
  #demoExists: boolean;
  #officeName: string | null = null;
  #preferences: AppState['preferences'];
  #interrupted: AppState['interrupted'];
  #profiles: ProfileView[];
  #certificates: Recipe[];
  #subscribers: Recipe[];
  #identities: IdentitySummary[] = [];
  #keys: KeySummary[] = [];
  #opened = new Map<string, Recipe>();
  #trail: Trail;
  #jobs: Jobs;
  #locks = new Locks();
  #locked = false;
  #people: People;
  #requests: Requests;
  #rotations: Rotations;
  #logins: Logins;

  constructor(
    private readonly options: MockOptions,
    private readonly tell: <E extends EventName>(event: E, payload: Events[E]) => void,
  ) {
    this.#environment = options.start;
    this.#demoExists = options.start === 'demo';
    if (options.start === 'production') this.#officeName = 'Cartório do 1º Ofício de Notas de São Paulo';
    this.#preferences = { locale: options.locale, theme: options.theme };
    this.#interrupted = options.interrupted ? [{ seq: 41, act: 'document_signed', at: moment(-0.3), document: 'Inventário extrajudicial.pdf' }] : [];
    this.#profiles = options.empty ? [] : profiles(options.session);
    this.#certificates = [ROOT, INTERMEDIATE, NOTARY];
    this.#subscribers = options.empty ? [] : [...SUBSCRIBERS];
    for (const recipe of [ROOT, INTERMEDIATE, NOTARY, KMS_IDENTITY, ...SUBSCRIBERS]) this.#opened.set(describe(recipe).sha256, recipe);
    this.#trail = new Trail(this.#operator, options.start === 'production' ? 'cartorio-producao' : 'demo');
    this.#trail.broken = options.broken;
    if (!options.empty) history(this.#trail);
    this.#jobs = new Jobs(this.#documents, this.#trail, options.pace, (snapshot) => this.tell('job', snapshot), this.#locks, options.pause ?? null);
    const notary = { ...this.#operator };
    this.#people = new People(this.#operator, this.#trail, this.#channels, () => this.#environment === 'demo', options.empty);
    this.#requests = new Requests(this.#operator, this.#trail, (reference) => this.#key(reference), (what) => this.#anchor(what));
    this.#rotations = new Rotations(this.#operator, this.#trail, this.#requests, options.pace);
    this.#logins = new Logins(() => this.#profiles, this.#trail, this.#channels, options.pace);
    if (options.role !== undefined) Object.assign(this.#operator, this.#people.list().find(({ operator }) => operator.role === options.role)?.operator);
    this.#notary = notary;
    this.#furnish();
  }

  /** Files that were dropped on the window. */
  drop(documents: Response<'documents_pick'>): void {
    this.tell('documents_dropped', { documents, problems: [] });
  }

  get documents(): Documents {
    return this.#documents;
  }

  readonly handlers: Handlers = {
    // The commands of the key desk come with its furniture.
    ...({} as KeyDeskCommands),
    app_state: () => this.#state(),
    demo_start: async () => {
      await this.#pause(1400);
      this.#demoExists = true;
      this.#enter('demo');
      return this.#state();
    },
    inspection_start: () => {
      this.#enter('inspection');
      return this.#state();
    },
    production_start: ({ profile, office_name, operator_name }) => {
      const chosen = this.#profiles.find(({ name }) => name === profile);
      if (chosen === undefined) throw failure('profile_unknown', { name: profile });
      if (this.#officeName === null && (office_name === null || operator_name === null)) throw failure('names_needed', {}, { severity: 'warning', retry: 'after_action' });
      this.#profiles = this.#profiles.map((each) => ({ ...each, active: each.name === profile }));
      this.#officeName = office_name ?? this.#officeName;
      if (operator_name !== null) this.#operator.name = operator_name;
      this.#enter('production');
      this.#trail.record('profile_selected', { detail: { profile } });
      return this.#state();
    },
    session_leave: () => {
      this.#enter('welcome');
      return this.#state();
    },
    session_lock: () => {
      this.#locked = true;
      return this.#state();
    },
    preferences_save: (preferences) => {
      this.#preferences = { ...preferences };
      return this.#state();
    },
    notices_dismiss: () => {
      this.#interrupted = [];
      return this.#state();
    },
    secret_channel: () => this.#channels.create(),
    documents_pick: ({ purpose }) => this.#documents.pick(purpose),
    documents_samples: () => this.#documents.samples(),
    document_forget: ({ id }) => {
      this.#documents.forget(id);
      return {};
    },
    document_reveal: ({ id }) => {
      this.#documents.get(id);
      return {};
    },
    document_bytes: ({ id }) => this.#documents.bytes(id),
    identities_list: () => [...this.#identities],
    identity_create: ({ key_ref, label, holder, email }) => {
      const key = this.#key(key_ref);
      const recipe: Recipe = { ...NOTARY, id: `cert-${label}`, name: holder, email: email ?? undefined, from: 0, until: 365 };
      this.#remember(recipe);
      const created = identity(`identity-${this.#identities.length + 1}`, label, recipe, key);
      this.#identities.push(created);
      key.identities = [...key.identities, label];
      this.#trail.record('identity_created', { key_id: key.key_id, certificate_sha256: created.certificate_sha256, detail: { label, holder } });
      return created;
    },
    output_folder_pick: () => ({ id: 'folder-1', display: '/home/escrevente/Documentos/Assinados' }),
    sign_preview: (request) => this.#jobs.preview(request, this.#identity(request.identity)),
    sign_start: (request) => this.#jobs.start(request, this.#identity(request.identity)),
    extend_start: (request) => this.#jobs.extend(request),
    // It lives in the page: one that is loaded again finds nothing of it.
    jobs_list: () => [],
    job_get: ({ id }) => this.#jobs.get(id),
    job_cancel: ({ id }) => this.#jobs.cancel(id),
    job_pause: ({ id }) => this.#jobs.pauseByHand(id),
    job_resume: ({ id }) => this.#jobs.resume(id),
    job_skip: (request) => this.#jobs.skip(request),
    verify: async ({ document, content }) => {
      await this.#pause(500);
      const info = this.#documents.get(document);
      if (info.kind !== 'pdf' && info.kind !== 'cms') throw failure('not_a_signature', { name: info.name }, { severity: 'warning' });
      const found = report(info, content === null ? null : this.#documents.get(content).name);
      return { ...found, audit_seq: this.#environment === 'inspection' ? null : this.#trail.record('document_verified', { document: info.name, detail: { result: found.result } }) };
    },
    certificates_list: () => [...this.#certificates, ...this.#subscribers].map(summary),
    certificates_open: (source) => this.#open(source),
    identifier_reveal: ({ sha256 }) => {
      const recipe = this.#opened.get(sha256);
      if (recipe === undefined) throw failure('certificate_unknown');
      this.#trail.record('identifier_revealed', { certificate_sha256: sha256 });
      return { identifiers: revealed(recipe) };
    },
    certificate_save: ({ sha256, format }) => {
      const recipe = this.#opened.get(sha256);
      if (recipe === undefined) throw failure('certificate_unknown');
      return { saved: this.#documents.hold({ name: `${recipe.name.split(' ')[0]!.toLowerCase()}.${format === 'pem' ? 'pem' : 'cer'}`, size: 1480, origin: 'result' }) };
    },
    subscriber_issue: async ({ name, cpf, email, key_spec }) => {
      if (this.#environment !== 'demo') this.#requests.approvalFor('certificate_issue', digestOf(name, cpf), 'certificate_issued');
      await this.#pause(900);
      const recipe: Recipe = { id: `cert-new-${this.#subscribers.length}`, kind: 'subscriber', name: name.toUpperCase(), issuer: INTERMEDIATE, organization: ROOT.organization!, email, cpf: cpf.replace(/\D/g, ''), from: 0, until: 365, key: key_spec as Recipe['key'] };
      this.#subscribers.unshift(recipe);
      const made = this.#remember(recipe);
      this.#trail.record('certificate_issued', { certificate_sha256: made.sha256, detail: { holder: name, key_spec } });
      return made;
    },
    p12_export: async ({ certificate, password, profile }) => {
      const recipe = this.#recipe(certificate);
      if (this.#environment !== 'demo') this.#requests.approvalFor('p12_export', describe(recipe).sha256, 'p12_exported', profile);
      await this.#pause(1100);
      if (recipe.notExportable !== undefined) throw failure('not_exportable', { name: recipe.name, reason: recipe.notExportable }, { severity: 'warning' });
      if ((await this.#channels.unseal(password)).length === 0) throw failure('invalid_field', { field: 'password', reason: 'empty' }, { severity: 'warning', retry: 'after_action' });
      this.#trail.record('p12_exported', { certificate_sha256: describe(recipe).sha256, detail: { file: `${recipe.name}.p12`, p12_profile: profile } });
      return { saved: this.#documents.hold({ name: `${recipe.name}.p12`, size: 4_702, origin: 'result' }) };
    },
    operators_list: () => this.#people.list().map((card) => ({ ...card, current: card.current && !this.#locked })),
    operator_add: (request) => this.#people.add(request),
    operator_change: (request) => this.#people.change(request),
    operator_password: (request) => this.#people.password(request),
    operator_switch: async (request) => {
      await this.#people.switch(request);
      this.#locked = false;
      return this.#state();
    },
    requests_list: (query) => this.#requests.list(query),
    request_make: (request) => this.#requests.make(request),
    request_decide: (request) => this.#requests.decide(request),
    request_withdraw: (request) => this.#requests.withdraw(request),
    rotations_list: (query) => this.#rotations.list(query),
    rotation_get: ({ id }) => this.#rotations.get(id),
    rotation_start: ({ request }) => this.#rotations.start(request, (reference) => this.#key(reference)),
    rotation_advance: (request) => this.#rotations.advance(request),
    rotation_undo: (request) => this.#rotations.undo(request),
    rotation_request_save: ({ id }) => ({ saved: this.#documents.hold({ name: `${this.#rotations.nameOf(id)}.csr`, size: 1_024, origin: 'result' }) }),
    rotation_certificate_bring: (request) => this.#rotations.bring(request),
    rotation_deletion_cancel: ({ id }) => this.#rotations.cancelDeletion(id),
    rotation_report_save: async ({ id, format }) => {
      await this.#pause(700);
      this.#trail.record('rotation_report_written', { detail: { rotation: id, format } });
      return { saved: this.#documents.hold({ name: `troca-${this.#rotations.nameOf(id)}.${format}`, size: 48_200, origin: 'result' }) };
    },
    aws_login_start: (request) => this.#logins.start(request),
    aws_login_poll: (request) => this.#logins.poll(request),
    aws_login_mfa: (request) => this.#logins.mfa(request),
    aws_logout: (request) => this.#logins.logout(request),
    sso_accounts: async (request) => {
      await this.#pause(500);
      return this.#logins.accounts(request);
    },
    profiles_list: () => structuredClone(this.#profiles),
    profile_save: async (input) => {
      const before = this.#profiles.find(({ name }) => name === input.name);
      const keys = input.access_keys === null ? null : (JSON.parse(await this.#channels.unseal(input.access_keys)) as Record<string, unknown>);
      if (keys !== null && typeof keys['secret_access_key'] !== 'string') throw failure('invalid_field', { field: 'access_keys', reason: 'malformed' }, { severity: 'warning', retry: 'after_action' });
      const { access_keys: _, sso = null, role = null, ...rest } = input;
      const same = before?.source === input.source && before.sso?.start_url === sso?.start_url;
      const login = input.source === 'sso' ? 'sso' : input.source === 'assume_role' && role?.mfa_serial ? 'mfa' : null;
      const credentials = same ? before.credentials : { expires_at: null, login_until: null, login };
      const saved: ProfileView = { ...rest, kms: rest.kms ?? before?.kms ?? { at_once: 32, per_second: 800 }, sso, role, credentials, has_stored_keys: keys !== null || (before?.has_stored_keys ?? false), active: before?.active ?? false };
      this.#profiles = before === undefined ? [...this.#profiles, saved] : this.#profiles.map((each) => (each.name === input.name ? saved : each));
      this.#trail.record('profile_added', { detail: { profile: input.name, region: input.region } });
      return structuredClone(this.#profiles);
    },
    profile_remove: ({ name }) => {
      this.#profiles = this.#profiles.filter((each) => each.name !== name);
      this.#trail.record('profile_removed', { detail: { profile: name } });
      return structuredClone(this.#profiles);
    },
    profile_test: async ({ name }) => {
      await this.#pause(700);
      const profile = this.#profiles.find((each) => each.name === name);
      if (profile === undefined) throw failure('profile_unknown', { name });
      if (profile.source === 'default') throw failure('aws_no_credentials', { profile: name }, { retry: 'after_action' });
      this.#trail.record('profile_tested', { detail: { profile: name } });
      return { account: '123456789012', arn: 'arn:aws:sts::123456789012:assumed-role/cartorio-escrevente/helena.prado', region: profile.region, endpoint: profile.endpoint, millis: 184 };
    },
    audit_list: (query) => this.#trail.page(query),
    audit_verify: async () => {
      await this.#pause(400);
      return this.#trail.verify();
    },
    audit_reseal: async ({ reason }) => {
      await this.#pause(400);
      return this.#trail.reseal(reason);
    },
  };

  #state(): AppState {
    const environment = this.#environment;
    const office = environment === 'demo' || environment === 'production';
    return {
      version: '0.1.0',
      environment,
      demo_exists: this.#demoExists,
      office_name: environment === 'demo' ? OFFICE : this.#officeName,
      locked: office && this.#locked,
      operator: office && !this.#locked ? { ...this.#operator } : null,
      permissions: office && this.#locked ? [] : office ? permissionsOf(this.#operator.role) : environment === 'inspection' ? ['verify', 'inspect', 'manage_trust'] : [],
      key_protection: environment === 'demo' ? 'keyring' : null,
      profile: environment === 'production' ? (this.#profiles.find(({ active }) => active) ?? null) : null,
      resume_problem: environment === 'welcome' && this.options.resume !== null ? wireError(this.options.resume, { reason: '…' }, { retry: 'after_action' }) : null,
      interrupted: office ? [...this.#interrupted] : [],
      preferences: { ...this.#preferences },
      home: environment === 'production' ? '/home/escrevente/.local/share/cartorio-digital/producao' : '/home/escrevente/.local/share/cartorio-digital',
    };
  }

  #enter(environment: Environment): void {
    this.#environment = environment;
    this.#locked = false;
    this.#furnish();
  }

  /** What is there depends on the way in. */
  #furnish(): void {
    const production = this.#environment === 'production';
    this.#keys = this.options.empty ? [] : [...(production ? kmsKeys() : localKeys()), ...manyKeys(this.options.many ?? 0)];
    this.#identities = this.options.empty ? [] : production ? [kmsIdentity(), a1Identity()] : [demoIdentity()];
    this.#certificates = this.options.empty ? [] : [ROOT, INTERMEDIATE, production ? KMS_IDENTITY : NOTARY];
    this.#requests.furnish(this.#keys, this.#rotations.furnish(this.#keys, this.#notary), this.#notary);
    for (const { id, plan } of this.#rotations.list({ open: true })) for (const key of this.#keys) if (key.key_id === plan.old_key_id) key.rotation = id;
    Object.assign(this.handlers, keyDesk(this.#shared(), this.options.partly ?? false));
  }

  /** What the key desk works with. */
  #shared(): Shared {
    const { options } = this;
    const keys = { get: () => this.#keys, set: (next: KeySummary[]) => (this.#keys = next) };
    const identities = { get: () => this.#identities, set: (next: IdentitySummary[]) => (this.#identities = next) };
    return {
      documents: this.#documents,
      channels: this.#channels,
      trail: this.#trail,
      locks: this.#locks,
      requests: this.#requests,
      handlers: this.handlers,
      inspection: this.#environment === 'inspection',
      production: this.#environment === 'production',
      heap: options.heap ?? 0,
      pile: options.pile ?? 0,
      interrupted: options.interrupted,
      empty: options.empty,
      operator: this.#operator.name,
      remember: (recipe) => void this.#remember(recipe),
      pause: (milliseconds) => this.#pause(milliseconds),
      get keys() {
        return keys.get();
      },
      set keys(next) {
        keys.set(next);
      },
      get identities() {
        return identities.get();
      },
      set identities(next) {
        identities.set(next);
      },
    };
  }

  #open(source: Request<'certificates_open'>): CertificateBundle {
    switch (source.from) {
      case 'registry':
        return chain(this.#recipe(source.id));
      case 'identity': {
        const found = this.#identity(source.id);
        return chain(found.key_origin === 'aws_kms' ? KMS_IDENTITY : (this.#opened.get(found.certificate_sha256) ?? NOTARY), found.label);
      }
      case 'document': {
        const document = this.#documents.get(source.id);
        if (document.kind === 'pdf' || document.kind === 'other') throw failure('pki_unrecognised', { name: document.name });
        const bundle = document.name.includes('ana') ? chain(SUBSCRIBERS[0]!, document.name) : heap(document.name);
        return bundle;
      }
    }
  }

  #remember(recipe: Recipe): ReturnType<typeof summary> {
    const made = summary(recipe);
    this.#opened.set(made.sha256, recipe);
    return made;
  }

  #recipe(id: string): Recipe {
    const recipe = [...this.#certificates, ...this.#subscribers].find((each) => each.id === id);
    if (recipe === undefined) throw failure('registry_not_found', { id });
    return recipe;
  }

  #identity(id: string): IdentitySummary {
    const found = this.#identities.find((each) => each.id === id);
    if (found === undefined) throw failure('identity_unknown', { identity: id });
    return found;
  }

  #key(reference: string): KeySummary {
    const key = this.#keys.find((each) => each.key_ref === reference);
    if (key === undefined) throw failure('key_not_found', { key: reference });
    return key;
  }

  /** What a request about a root would say: of one on the heap, or of one that is trusted. */
  async #anchor(what: Extract<RequestMakeWhat, { kind: 'trust_anchor_add' | 'trust_anchor_remove' }>): Promise<AnchorWhat> {
    if (what.kind === 'trust_anchor_remove') {
      const found = (await this.handlers.trust_view({})).anchors.find(({ sha256 }) => sha256 === what.sha256);
      if (found === undefined) throw failure('registry_not_found', { id: what.sha256 });
      return anchorRequest(found, false);
    }
    const found = (await this.handlers.heap_view({})).objects.find(({ id }) => id === what.id);
    if (found === undefined) throw failure('certificate_unknown');
    return anchorRequest({ sha256: found.sha256, name: found.title, not_before: found.not_before ?? moment(-1), not_after: found.not_after ?? moment(1) }, true);
  }

  #pause(milliseconds: number): Promise<void> {
    return wait(milliseconds * this.options.pace);
  }
}
