import type { DocumentInfo, IdentitySummary, PolicyDesk, PolicyView, SignFormat, SignLevel, SignPreview, SignPreviewItem, SignProfile, SignRemark, SignRequest } from '../../generated/types';

import { failure, wireError } from './failure';
import type { Handlers, Shared } from './shared';
import { covers, stampHandlers } from './stamps';
import { hex } from './random';
import { moment } from './time';

type Own = Pick<Handlers, 'documents_pick_folder' | 'documents_drop_for' | 'document_unlock' | 'document_fields' | 'policy_desk' | 'policy_import'> & ReturnType<typeof stampHandlers>;

/** What opens every pretended PDF that asks for a password. */
const PASSWORD = 'segredo';
const LEVEL_OF_POLICY: Record<SignProfile['policy'], SignLevel> = { none: 'b-b', 'ad-rb': 'b-b', 'ad-rt': 'b-t', 'ad-rv': 'b-t', 'ad-rc': 'b-lt', 'ad-ra': 'b-lta' };

/** Answers about what lies on the desk: folders, locked PDFs, fields, policies, stamps. */
export function signDeskHandlers(office: Shared): Own {
  let lists: PolicyDesk['lists'] = [];
  return {
    ...stampHandlers(office),
    documents_pick_folder: () => ({
      documents: (office.pile > 0 ? pile(office.pile) : ['Ata de assembleia.pdf', 'Certidão de inteiro teor.pdf', 'Memorial descritivo.odt']).map((name) => office.documents.hold({ name, folder: '/home/escrevente/Documentos/Novembro', ...(office.pile > 0 ? { size: 84_210 } : {}) })),
      problems: [wireError('document_unreadable', { name: 'Reservado.pdf' })],
      skipped: 2,
    }),
    documents_drop_for: () => ({}),
    document_unlock: async ({ document, password }) => {
      const info = office.documents.get(document);
      if ((await office.channels.unseal(password)) !== PASSWORD) throw failure('pdf_wrong_password', { name: info.name }, { severity: 'warning', retry: 'after_action' });
      return office.documents.change(document, { sign_problem: null, pages: 2 });
    },
    document_fields: ({ id }) => {
      const { kind, name, signatures } = office.documents.get(id);
      if (kind !== 'pdf') return [];
      const signed = Array.from({ length: signatures }, (_, index) => ({ name: `Assinatura${index + 1}`, page: 1, area: null, signed: true, problem: null, demand: null }));
      return name.includes('Escritura') ? [...signed, { name: 'Vendedora', page: 1, area: [72, 640, 200, 56] as [number, number, number, number], signed: false, problem: null, demand: null }, { name: 'Tabelião', page: 1, area: [320, 640, 200, 56] as [number, number, number, number], signed: false, problem: null, demand: null }] : signed;
    },
    policy_desk: () => ({ policies: policies(), lists: structuredClone(lists) }),
    policy_import: () => {
      lists = (['cades', 'pades'] as const).map((family) => ({ family, next_update: moment(41), stale: false, sha256: hex(`lpa ${family}`) }));
      return { policies: policies(), lists: structuredClone(lists) };
    },
  };
}

/** What signing would do. */
export function signPreview(request: SignRequest, identity: IdentitySummary, find: (id: string) => DocumentInfo): SignPreview {
  const algorithm = request.algorithm ?? identity.algorithms[0]!;
  return { legal: identity.legal, algorithm, items: request.documents.map((id) => previewItem(find(id), request.profile, identity, algorithm)) };
}

/** The form that a document's signature takes. */
export function formatOf(document: DocumentInfo, profile: SignProfile | undefined): SignFormat {
  const wished = profile?.format ?? 'automatic';
  if (document.kind === 'cms' && (profile?.role ?? 'sign') !== 'sign') return 'cades-detached';
  return wished === 'automatic' ? (document.kind === 'pdf' ? 'pades' : 'cades-detached') : wished;
}

/** The level that a document's signature gets. */
export function levelOf(profile: SignProfile | undefined): SignLevel {
  if (profile === undefined || profile.format === 'raw') return 'b-b';
  const asked = profile.policy === 'none' ? profile.level : LEVEL_OF_POLICY[profile.policy];
  return profile.offline && profile.accept_lower_level ? 'b-b' : asked;
}

/** Name of a result. */
export function outputName(name: string, format: SignFormat, pattern: string | null | undefined): string {
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  const made = (pattern ?? '{nome}-assinado').replaceAll('{nome}', stem);
  if (format === 'pades') return `${made}${extension}`;
  return format === 'raw' ? `${name}.sig` : `${pattern ? `${made}${extension}` : name}.p7s`;
}

function previewItem(document: DocumentInfo, profile: SignProfile | undefined, identity: IdentitySummary, algorithm: string): SignPreviewItem {
  const format = formatOf(document, profile);
  const wrong = (format === 'pades' && document.kind !== 'pdf') || (profile?.role !== undefined && profile.role !== 'sign' && document.kind !== 'cms');
  const problem = document.sign_problem ?? (wrong ? wireError('sign_format_not_fitting', { document: document.name, wanted: profile?.role === 'sign' ? 'pdf' : 'signed' }) : null);
  return { document: document.id, format, level: levelOf(profile), output_name: outputName(document.name, format, profile?.output_pattern), remarks: problem === null ? remarks(document, format, profile, identity, algorithm) : [], problem };
}

function remarks(document: DocumentInfo, format: SignFormat, profile: SignProfile | undefined, identity: IdentitySummary, algorithm: string): SignRemark[] {
  if (profile === undefined) return [];
  const found: SignRemark[] = [];
  const add = (code: string, blocks: boolean, params: Record<string, string> = {}): void => void found.push({ code, blocks, params });
  const policy = profile.policy === 'none' ? null : `${format === 'pades' ? 'PAdES' : 'CAdES'} ${profile.policy.toUpperCase()} 2.4`;
  if (policy !== null) {
    if (identity.legal !== 'qualified') add('preflight_not_icp_brasil', true, { root: 'AC Raiz de Demonstração' });
    if (algorithm.includes('PSS')) add('preflight_pss', true, { algorithm, policy });
    if (profile.policy === 'ad-rv' && format === 'pades') add('preflight_level_missing', true, { level: 'AD-RV', format: 'PAdES' });
    add('preflight_list_absent', false, { policy });
  }
  const stamped = levelOf({ ...profile, offline: false }) !== 'b-b' && profile.format !== 'raw';
  if (stamped && profile.offline) add('offline_level', !profile.accept_lower_level, { level: profile.level });
  if (profile.stamp && format === 'pades') {
    const { text } = covers(profile.stamp);
    if (text !== '') add('stamp_covers', !profile.stamp.may_cover, { page: String(Math.abs(profile.stamp.page)), what: 'text', text });
  }
  if (document.name.includes('certificad')) add('preflight_document_certified', true);
  return found;
}

function policies(): PolicyView[] {
  return (['cades', 'pades'] as const).flatMap((family) =>
    (['ad-rb', 'ad-rt', 'ad-rv', 'ad-rc', 'ad-ra'] as const)
      .filter((choice) => family === 'cades' || choice !== 'ad-rv')
      .map((choice, index) => ({ choice, family, oid: `2.16.76.1.7.1.${family === 'cades' ? index + 1 : index + 11}.2.4`, version: '2.4', uri: `http://politicas.icpbrasil.gov.br/PA_${choice.toUpperCase().replace('-', '_')}_v2_4.der`, not_after: '2037-10-01T00:00:00Z', artifact: false })),
  );
}

/** Names of a large batch; some of them will fail. */
function pile(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(5, '0');
    if (index % 97 === 13) return `Certidão ${number} (falha).pdf`;
    return index % 29 === 7 ? `Certidão de matrícula ${number} do 3º Oficial de Registro de Imóveis da Comarca da Capital, com averbações.pdf` : `Certidão ${number}.pdf`;
  });
}
