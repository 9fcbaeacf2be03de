import type {
  AnchorKind,
  EvidenceItem,
  ExpiryItem,
  ExpiryQuery,
  FetchedItem,
  HeapObject,
  RequestWhat,
  SearchHit,
  SearchKind,
  TrustAnchor,
  TrustImport,
  TrustView,
} from '../../generated/types';

import { INTERMEDIATE, ROOT, describe } from './certificates';
import { failure } from './failure';
import { hex, pem } from './random';
import type { Handlers, Shared } from './shared';
import { moment } from './time';

type TrustCommands = Pick<
  Handlers,
  'trust_view' | 'trust_import' | 'trust_keep' | 'trust_anchor_apply' | 'evidence_refresh' | 'evidence_forget' | 'expiry_list' | 'expiry_export' | 'search'
>;

type AnchorFacts = Pick<TrustAnchor, 'sha256' | 'name' | 'not_before' | 'not_after'>;

/** ICP-Brasil's roots by their real names and dates; the fingerprints are made up. */
const OFFICIAL: [name: string, from: string, until: string, below: number][] = [
  ['Autoridade Certificadora Raiz Brasileira', '2001-11-30T12:58:00Z', '2011-11-30T23:59:00Z', 9],
  ['Autoridade Certificadora Raiz Brasileira v1', '2008-07-29T19:17:10Z', '2021-07-29T19:17:10Z', 31],
  ['Autoridade Certificadora Raiz Brasileira v2', '2010-06-21T19:04:57Z', '2023-06-21T19:04:57Z', 96],
  ['Autoridade Certificadora Raiz Brasileira v3', '2010-06-21T19:45:40Z', '2023-06-21T19:45:40Z', 2],
  ['Autoridade Certificadora Raiz Brasileira v5', '2016-03-02T13:01:38Z', '2029-03-02T23:59:38Z', 142],
  ['Autoridade Certificadora Raiz Brasileira v6', '2018-12-28T13:32:03Z', '2038-12-28T12:00:03Z', 3],
  ['Autoridade Certificadora Raiz Brasileira v7', '2018-12-28T13:47:35Z', '2038-12-28T12:00:35Z', 4],
  ['Autoridade Certificadora Raiz Brasileira v10', '2019-07-01T19:15:59Z', '2032-07-01T12:00:59Z', 21],
  ['Autoridade Certificadora Raiz Brasileira v11', '2019-07-01T19:26:18Z', '2032-07-01T12:00:18Z', 2],
  ['Autoridade Certificadora Raiz Brasileira v12', '2024-10-22T14:41:24Z', '2037-10-22T12:00:24Z', 12],
];

/** A root that somebody wants to trust, as it stands in the requests of the pretended office. */
export const WANTED_ROOT: AnchorFacts = {
  sha256: hex('sha256 wanted root'),
  name: 'AC Raiz do Tribunal de Justiça do Estado de Exemplo v2',
  not_before: moment(-700),
  not_after: moment(2900),
};

/** A root of one's own that is trusted already. */
const OWN_ROOT: AnchorFacts = { sha256: hex('sha256 own root'), name: 'Conselho Notarial de Exemplo – Autoridade Certificadora Raiz para Testes de Interoperabilidade entre Serventias Extrajudiciais', not_before: moment(-1200), not_after: moment(24) };

/** What a request about a root says exactly. */
export function anchorRequest(facts: AnchorFacts, add: boolean): Extract<RequestWhat, { kind: 'trust_anchor' }> {
  const der = pem('CERTIFICATE', facts.sha256, 900).replace(/-----[A-Z ]+-----|\n/g, '');
  return { kind: 'trust_anchor', add, sha256: facts.sha256, name: facts.name, not_before: facts.not_before, not_after: facts.not_after, der };
}

/** The trust store, revocation evidence, what expires and the search, as a way in furnishes them. */
export function trustHandlers(office: Shared): TrustCommands {
  const store = furnish(office);
  const view = (): TrustView => ({
    kept: !office.inspection,
    anchors: [...store.anchors],
    missing_official: OFFICIAL.length - store.anchors.filter(({ kind }) => kind === 'icp_brasil').length,
    intermediates: store.anchors.reduce((sum, { below }) => sum + below, 0),
    evidence: [...store.evidence],
  });
  const known = (sha256: string): EvidenceItem => {
    const found = store.evidence.find((item) => item.sha256 === sha256);
    if (found === undefined) throw failure('registry_not_found', { id: sha256 });
    return found;
  };

  return {
    trust_view: () => view(),
    trust_import: async () => {
      await office.pause(900);
      const before = new Set(store.anchors.map(({ sha256 }) => sha256));
      const added = official(office.operator).filter(({ sha256 }) => !before.has(sha256));
      const lists = store.evidence.some(({ url }) => url === null) ? [] : evidence().filter(({ url }) => url === null);
      store.anchors = [...store.anchors, ...added];
      store.evidence = [...store.evidence, ...lists];
      if (!office.inspection) office.trail.record('trust_imported', { detail: { file: 'ACcompactadox.zip', roots: String(added.length) } });
      return {
        trust: view(),
        roots_added: added.length,
        intermediates_added: added.reduce((sum, { below }) => sum + below, 0),
        evidence_added: lists.length,
        known: before.size === 0 ? 0 : 187,
        refused: [
          { sha256: hex('refused root'), name: 'AC Raiz de Homologação do Fabricante', reason: 'root_not_official' },
          { sha256: hex('refused ca'), name: 'AC Intermediária sem Raiz Conhecida G2', reason: 'no_path_to_a_root' },
          { sha256: hex('refused person'), name: 'JOÃO BATISTA FERREIRA:39053344705'.replace(/:.*/, ''), reason: 'not_a_ca' },
        ],
        problems: [{ code: 'certificate_malformed', params: { name: 'ACcompactadox.zip › AC_ANTIGA.crt' }, offset: 1_204, field: 'tbsCertificate.validity.notAfter', detail: 'expected UTCTime or GeneralizedTime, found tag 0x13' }],
      };
    },
    trust_keep: async ({ ids }): Promise<TrustImport> => {
      const { objects } = await office.handlers.heap_view({});
      const lists = objects.filter(({ id, kind }) => ids.includes(id) && (kind === 'crl' || kind === 'ocsp_response'));
      const fresh = lists.filter(({ sha256 }) => !store.evidence.some((item) => item.sha256 === sha256));
      store.evidence = [...fresh.map(evidenceOf), ...store.evidence];
      if (!office.inspection) office.trail.record('evidence_kept', { detail: { count: String(fresh.length) } });
      return { trust: view(), roots_added: 0, intermediates_added: 0, evidence_added: fresh.length, known: lists.length - fresh.length, refused: [], problems: [] };
    },
    trust_anchor_apply: ({ id }) => {
      const { what, requested_by, decided_by } = office.requests.get(id);
      if (what.kind !== 'trust_anchor') throw failure('request_unknown', { request: id });
      office.requests.use(id);
      store.anchors = store.anchors.filter(({ sha256 }) => sha256 !== what.sha256);
      if (what.add) {
        store.anchors.push({ sha256: what.sha256, name: what.name, kind: 'own', not_before: what.not_before, not_after: what.not_after, added_at: moment(), added_by: requested_by.name, approved_by: decided_by?.name ?? null, below: 0 });
      }
      office.trail.record(what.add ? 'trust_anchor_added' : 'trust_anchor_removed', { certificate_sha256: what.sha256, detail: { name: what.name, request: id } });
      return view();
    },
    evidence_refresh: async ({ sha256 }) => {
      await office.pause(1600);
      const due = sha256 === null ? store.evidence.filter(({ state, url }) => state !== 'fresh' && url !== null) : [known(sha256)];
      const items = due.map((item): FetchedItem => {
        const url = item.url ?? 'http://crl.exemplo.example/lista.crl';
        if (url.includes('fora-do-ar')) return { url, result: 'failed', code: 'net_timeout', params: { host: 'crl.fora-do-ar.example', seconds: '20' } };
        if (item.state === 'fresh') return { url, result: 'unchanged', code: null, params: {} };
        store.evidence = store.evidence.map((each) => (each === item ? { ...each, state: 'fresh', this_update: moment(-0.05), next_update: moment(0.95), fetched_at: moment(), number: each.number === null ? null : String(Number(each.number) + 1) } : each));
        return { url, result: 'new', code: null, params: {} };
      });
      if (!office.inspection && items.some(({ result }) => result === 'new')) office.trail.record('evidence_kept', { detail: { count: String(items.length) } });
      return { trust: view(), items };
    },
    evidence_forget: ({ sha256 }) => {
      const item = known(sha256);
      store.evidence = store.evidence.filter((each) => each !== item);
      if (!office.inspection) office.trail.record('evidence_forgotten', { detail: { issuer: item.issuer } });
      return view();
    },
    expiry_list: async (query) => ({ at: moment(), items: await expiring(office, store, query) }),
    expiry_export: ({ format }) => ({ saved: office.documents.hold({ name: format === 'ics' ? 'vencimentos.ics' : 'vencimentos.csv', size: 4_200, origin: 'result' }) }),
    search: async ({ text }) => {
      await office.pause(120);
      const hits = await search(office, store, text);
      return { hits: hits.slice(0, 50), more: hits.length > 50 };
    },
  };
}

interface Store {
  anchors: TrustAnchor[];
  evidence: EvidenceItem[];
}

function furnish(office: Shared): Store {
  if (office.inspection) return { anchors: [], evidence: [] };
  const root = describe(ROOT);
  const kind: AnchorKind = office.production ? 'office' : 'demonstration';
  const own: TrustAnchor = { sha256: root.sha256, name: root.name, kind, not_before: root.not_before, not_after: root.not_after, added_at: moment(-2), added_by: null, approved_by: null, below: 1 };
  if (!office.production) return { anchors: office.empty ? [] : [own], evidence: office.empty ? [] : evidence().slice(0, 1) };
  if (office.empty) return { anchors: [], evidence: [] };
  return {
    anchors: [...official(office.operator).slice(0, -1), own, { ...OWN_ROOT, kind: 'own', added_at: moment(-210), added_by: 'Marcos Vinícius Tavares', approved_by: 'Helena Prado de Albuquerque', below: 2 }],
    evidence: evidence(),
  };
}

function official(operator: string): TrustAnchor[] {
  return OFFICIAL.map(([name, not_before, not_after, below]) => ({ sha256: hex(`official ${name}`), name, kind: 'icp_brasil', not_before, not_after, added_at: moment(-90), added_by: operator, approved_by: null, below }));
}

function evidence(): EvidenceItem[] {
  const item = (issuer: string, rest: Partial<EvidenceItem>): EvidenceItem => ({
    sha256: hex(`evidence ${issuer} ${rest.kind ?? ''}`),
    kind: 'crl',
    issuer,
    this_update: moment(-0.4),
    next_update: moment(0.6),
    number: '412',
    state: 'fresh',
    size: 1_820,
    fetched_at: moment(-0.35),
    url: 'http://crl.demonstracao.example/cartorio.crl',
    revoked: 3,
    ...rest,
  });
  return [
    item('AC Intermediária de Demonstração – sem valor jurídico', {}),
    item('Autoridade Certificadora Raiz Brasileira v5', { number: '118', size: 1_204, revoked: 7, this_update: moment(-52), next_update: moment(38), url: 'http://acraiz.icpbrasil.example/LCRacraizv5.crl' }),
    item('AC Exemplo Notarial para Serventias Extrajudiciais e Titulares de Cartório G3', { number: '20417', size: 6_482_113, revoked: 184_206, state: 'stale', this_update: moment(-3.2), next_update: moment(-2.2), url: 'http://crl.fora-do-ar.example/ac-exemplo-notarial-g3/repositorio/lista-de-certificados-revogados.crl' }),
    item('AC Exemplo RFB G5', { number: '977', size: 912_400, revoked: 22_913, state: 'stale', this_update: moment(-1.3), next_update: moment(-0.3), url: 'http://crl.exemplo.example/rfb-g5.crl' }),
    item('AC Exemplo RFB G5 (OCSP)', { kind: 'ocsp', number: null, size: 2_114, revoked: null, this_update: moment(-0.02), next_update: moment(0.15), url: 'http://ocsp.exemplo.example' }),
    item('AC Exemplo Digital Múltipla', { kind: 'delta_crl', number: '1412', size: 3_120, revoked: 12, state: 'not_yet', this_update: moment(0.2), next_update: moment(0.5), url: null }),
    item('AC Antiga de Exemplo v1', { number: '9001', size: 44_120, revoked: 1_022, state: 'stale', this_update: moment(-2400), next_update: null, url: null }),
  ];
}

function evidenceOf(object: HeapObject): EvidenceItem {
  return {
    sha256: object.sha256,
    kind: object.kind === 'crl' ? 'crl' : 'ocsp',
    issuer: object.title,
    this_update: object.not_before ?? moment(-1),
    next_update: object.not_after,
    number: object.serial_hex,
    state: object.not_after !== null && object.not_after < moment() ? 'stale' : 'fresh',
    size: object.length,
    fetched_at: moment(),
    url: null,
    revoked: object.kind === 'crl' ? 1 : null,
  };
}

async function expiring(office: Shared, store: Store, { days, expired, trust, heap }: ExpiryQuery): Promise<ExpiryItem[]> {
  const items: ExpiryItem[] = [];
  const add = (kind: string, name: string, owner: string, issuer: string, not_after: string | null, sha256: string, serial_hex = ''): void => {
    if (not_after === null) return;
    const left = Math.floor((new Date(not_after).getTime() - Date.now()) / 86_400_000);
    const urgency = left < 0 ? 'expired' : left <= 7 ? 'critical' : left <= 30 ? 'soon' : left <= 90 ? 'ahead' : 'fine';
    items.push({ kind, name, owner, issuer, not_after, days_left: left, sha256, serial_hex, urgency });
  };
  if (!office.inspection) {
    for (const certificate of await office.handlers.certificates_list({})) add(certificate.kind, certificate.name, certificate.kind === 'identity' ? 'Tabeliã' : certificate.name, certificate.issuer, certificate.not_after, certificate.sha256, certificate.serial_hex);
    for (const file of await office.handlers.a1_list({})) add('a1_file', file.file, file.holder, INTERMEDIATE.name, file.not_after, file.certificate_sha256);
    for (const item of store.evidence) if (item.kind === 'crl') add('crl', item.issuer, 'Cartório', item.issuer, item.next_update, item.sha256);
  }
  if (trust) for (const anchor of store.anchors) add('trust_root', anchor.name, anchor.kind === 'icp_brasil' ? 'ICP-Brasil' : 'Cartório', anchor.name, anchor.not_after, anchor.sha256);
  if (heap) {
    const { objects } = await office.handlers.heap_view({});
    for (const object of objects) if (object.kind === 'certificate') add('heap', object.title, object.title, object.subtitle, object.not_after, object.sha256, object.serial_hex ?? '');
  }
  return items
    .filter(({ days_left }) => (days_left < 0 ? expired : days === null || days_left <= days))
    .toSorted((a, b) => a.not_after.localeCompare(b.not_after));
}

/** Letters without marks, in lower case. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

async function search(office: Shared, store: Store, text: string): Promise<SearchHit[]> {
  const wanted = plain(text.trim());
  const digits = wanted.replace(/[\s:./-]/g, '');
  if (wanted === '') return [];
  const hits: SearchHit[] = [];
  const try_ = (kind: SearchKind, id: string, title: string, subtitle: string, fields: Partial<Record<string, string | null>>): void => {
    const matched = Object.entries(fields).find(([field, value]) => {
      if (value === null || value === undefined) return false;
      if (field === 'name' || field === 'file' || field === 'label') return plain(value).includes(wanted);
      if (field === 'cpf') return /^[\d.-]+$/.test(wanted) && digits.length >= 3 && (value.includes(digits) || digits.slice(3, 9) === value);
      return digits.length >= 4 && value.replace(/^0+/, '').startsWith(digits.replace(/^0+/, ''));
    });
    if (matched) hits.push({ kind, id, title, subtitle, matched: matched[0] });
  };
  const middle = (masked: string | null): string | null => (masked === null ? null : masked.replace(/\D/g, ''));
  const decimal = (serial: string | null): string | null => (serial === null || !/^[\da-f]+$/i.test(serial) ? null : /^[\da-f]*$/i.test(digits) && /^\d+$/.test(digits) && BigInt(`0x${serial}`).toString(10).startsWith(digits) ? digits : serial);

  const { objects } = await office.handlers.heap_view({});
  for (const object of objects) try_('heap', object.id, object.title, object.masked_cpf ?? object.subtitle, { name: object.title, cpf: middle(object.masked_cpf), cnpj: object.cnpj, serial: decimal(object.serial_hex), fingerprint: object.sha256 });
  for (const anchor of store.anchors) try_('trust', anchor.sha256, anchor.name, anchor.kind === 'icp_brasil' ? 'ICP-Brasil' : '', { name: anchor.name, fingerprint: anchor.sha256 });
  if (office.inspection) return hits;
  for (const certificate of await office.handlers.certificates_list({})) {
    try_('certificate', certificate.sha256, certificate.name, [certificate.masked_cpf, certificate.issuer].filter(Boolean).join(' · '), { name: certificate.name, cpf: middle(certificate.masked_cpf), serial: decimal(certificate.serial_hex), fingerprint: certificate.sha256 });
  }
  for (const identity of await office.handlers.identities_list({})) try_('identity', identity.id, identity.label, identity.holder, { label: identity.label, name: identity.holder });
  for (const request of office.requests.visible()) try_('request', request.id, request.title, request.requested_by.name, { name: request.title });
  for (const key of office.keys) try_('key', key.key_ref, key.aliases[0]?.replace(/^alias\//, '') ?? key.key_id, key.spec, { label: key.aliases[0] ?? key.key_id });
  for (const name of DOCUMENTS) try_('document', hex(name).slice(0, 26), name, 'Helena Prado de Albuquerque', { file: name });
  return hits;
}

const DOCUMENTS = ['Procuração pública-assinado.pdf', 'Escritura de venda e compra-assinado.pdf', 'Ata notarial 2026-117-assinado.pdf', 'Certidão de matrícula 45.678-assinado.pdf'];
