import type { Asn1View, ChainReview, Comparison, CompareRow, HeapDetail, HeapLink, HeapObject, HeapProblem, HeapSource, HeapView } from '../../generated/types';

import { INTERMEDIATE, NOTARY, type Recipe, ROOT, SUBSCRIBERS, TWIN, WRONG_CPF, describe, maskCpf } from './certificates';
import { certificateDer, elements, noise, oid, tlv } from './der';
import { failure } from './failure';
import { type Item, factsOf, lintOf, reviewOf, storeOf } from './heap-content';
import { hex, pem } from './random';
import type { Handlers, Shared } from './shared';
import { moment } from './time';

type Own = Pick<Handlers, Extract<keyof Handlers, `heap_${string}`>>;

const UNKNOWN_TOP: Recipe = { id: 'heap-ac', kind: 'intermediate', name: 'AC Exemplo Notarial G3 da Autoridade Certificadora dos Registradores e Notários do Brasil', issuer: null, organization: 'ICP Exemplo', from: -900, until: 900, legal: 'unknown', trust: 'unknown' };
const PERSON: Recipe = { id: 'heap-p', kind: 'subscriber', name: 'Carlos Eduardo Nogueira', issuer: UNKNOWN_TOP, organization: 'ICP Exemplo', cpf: WRONG_CPF, birthDate: '02/08/1969', from: -300, until: 65, legal: 'unknown', trust: 'unknown', icp: 'A3' };
const RENEWED: Recipe = { ...NOTARY, id: 'heap-renewed', from: 340, until: 705 };
const FOREIGN_ROOT: Recipe = { id: 'heap-root', kind: 'root', name: 'AC Raiz do Tribunal de Justiça do Estado de Exemplo', issuer: null, organization: 'Tribunal de Justiça', from: -2000, until: 1600, legal: 'unknown', key: 'RSA_4096', trust: 'unknown' };

/** The heap of the pretended office. `many`: so many more certificates, to see how a long list behaves. */
export function heapHandlers(office: Shared, many = 0): Own {
  let items: Item[] = [];
  let sources: HeapSource[] = [];
  let links: HeapLink[] = [];
  let turn = 0;
  let count = 0;

  const find = (id: string): Item => {
    const found = items.find(({ object }) => object.id === id);
    if (found === undefined) throw failure('registry_not_found', { id });
    return found;
  };

  const put = (source: number, object: Partial<HeapObject> & Pick<HeapObject, 'kind' | 'title' | 'sha256'>, recipe: Recipe | null = null): Item => {
    const known = items.find(({ object: other }) => other.sha256 === object.sha256);
    if (known !== undefined) {
      if (!known.object.sources.includes(source)) known.object.sources.push(source);
      return known;
    }
    const item: Item = {
      object: { subtitle: '', sources: [source], offset: 64 * count, length: 1200, not_before: null, not_after: null, serial_hex: null, is_ca: false, self_issued: false, parent: null, locked: false, anchor: null, masked_cpf: null, cnpj: null, icp_type: null, ...object, id: `o-${(count += 1)}` },
      recipe,
    };
    items.push(item);
    sources[source]!.objects += 1;
    return item;
  };

  const certificate = (source: number, recipe: Recipe): Item => {
    const detail = describe(recipe);
    office.remember(recipe);
    return put(
      source,
      {
        kind: 'certificate',
        title: recipe.name,
        subtitle: (recipe.issuer ?? (recipe === UNKNOWN_TOP ? { name: 'Autoridade Certificadora Raiz Exemplo v10' } : recipe)).name,
        sha256: detail.sha256,
        not_before: detail.not_before,
        not_after: detail.not_after,
        serial_hex: detail.serial_hex,
        is_ca: detail.is_ca,
        self_issued: detail.self_issued,
        anchor: recipe === ROOT ? 'demonstration' : null,
        masked_cpf: recipe.cpf === undefined ? null : maskCpf(recipe.cpf),
        icp_type: recipe.icp ?? null,
      },
      recipe,
    );
  };

  const open = (name: string, form: string, size: number, problems: HeapProblem[] = []): number => sources.push({ name, form, size, objects: 0, problems }) - 1;

  /** Ties everything together anew. */
  const relate = (): HeapView => {
    links = [];
    const authorities = items.filter(({ recipe }) => recipe?.kind === 'root' || recipe?.kind === 'intermediate');
    const byName = new Map<string, Item[]>();
    for (const each of authorities) byName.set(each.object.title, [...(byName.get(each.object.title) ?? []), each]);
    for (const { object, recipe } of items) {
      const wanted = recipe !== null ? object.subtitle : object.kind === 'crl' || object.kind === 'ocsp_response' ? object.title : null;
      if (wanted === null) continue;
      for (const issuer of byName.get(wanted) ?? []) {
        const right = recipe === null ? issuer.recipe === INTERMEDIATE : recipe.issuer?.id === issuer.recipe?.id || recipe === issuer.recipe;
        links.push({ child: object.id, issuer: issuer.object.id, key_id: right ? (recipe === ROOT ? null : true) : false, signature: right ? 'valid' : 'wrong' });
        if (right && issuer.object.id !== object.id) object.parent = issuer.object.id;
      }
    }
    return { objects: items.map(({ object }) => ({ ...object })), links, sources, truncated: false };
  };

  const family = (name: string): void => {
    const source = open(name, 'pkcs7', 9_220);
    for (const recipe of [ROOT, TWIN, INTERMEDIATE, NOTARY, RENEWED, SUBSCRIBERS[2]!, UNKNOWN_TOP, PERSON, FOREIGN_ROOT]) certificate(source, recipe);
    put(source, { kind: 'crl', title: INTERMEDIATE.name, subtitle: '412', sha256: hex(`crl ${name}`), not_before: moment(-3), not_after: moment(4), serial_hex: '19c' });
  };

  const store = (name: string): void => {
    const source = open(name, 'p12', 4_190);
    put(source, { kind: name.endsWith('.jks') ? 'jks' : 'p12', title: name, sha256: hex(`p12 ${name}`), locked: true, length: 4_190 });
  };

  const mixed = (name: string): void => {
    const source = open(name, 'mixed', 18_411, [
      { code: 'certificate_malformed', params: { name }, offset: 11_402, field: 'tbsCertificate.validity.notAfter', detail: 'expected UTCTime or GeneralizedTime, found tag 0x13' },
      { code: 'pem_broken', params: { name }, offset: 17_920, field: null, detail: 'line 311: «-----END CERTIFICATE-----» missing' },
    ]);
    put(source, { kind: 'csr', title: 'Cartório do 1º Ofício de Notas de São Paulo', sha256: hex(`csr ${name}`) });
    put(source, { kind: 'ocsp_response', title: INTERMEDIATE.name, subtitle: 'good', sha256: hex(`ocsp ${name}`), not_before: moment(-0.1), not_after: moment(0.9) });
    put(source, { kind: 'timestamp', title: 'ACT de Demonstração', sha256: hex(`tst ${name}`), not_before: moment(-12) });
    put(source, { kind: 'cms_signature', title: 'Procuração.p7s', subtitle: NOTARY.name, sha256: hex(`cms ${name}`) });
    put(source, { kind: 'private_key', title: 'RSA', subtitle: '2048 bits', sha256: hex(`key ${name}`) });
    put(source, { kind: 'public_key', title: 'EC P-256', sha256: hex(`public ${name}`) });
    put(source, { kind: 'unknown', title: 'anotações.txt', sha256: hex(`unknown ${name}`), length: 311 });
    certificate(source, SUBSCRIBERS[1]!);
  };

  const take = (name: string): void => {
    if (/\.(p12|pfx|jks)$/i.test(name)) store(name);
    else if (/\.(p7b|p7c)$/i.test(name)) family(name);
    else if (/\.(cer|crt|der)$/i.test(name)) certificate(open(name, 'der', 1_180), SUBSCRIBERS[0]!);
    else if (/\.(pdf|txt)$/i.test(name)) open(name, 'mixed', 64, [{ code: 'pki_unrecognised', params: { name }, offset: null, field: null, detail: 'neither PEM nor DER' }]);
    else mixed(name);
  };

  if (many > 0) {
    const source = open('acervo.zip', 'zip', many * 1200);
    family('cadeia-completa.p7b');
    const authorities = Array.from({ length: 40 }, (_, index): Recipe => ({ ...INTERMEDIATE, id: `many-ca-${index}`, name: `AC Exemplo ${index + 1} G${(index % 5) + 1}` }));
    for (const recipe of authorities) certificate(source, recipe);
    for (let index = items.length; index < many; index += 1) {
      const issuer = authorities[index % authorities.length]!;
      items.push({
        object: { id: `o-${(count += 1)}`, kind: 'certificate', title: `TITULAR DE EXEMPLO ${String(index).padStart(5, '0')}`, subtitle: issuer.name, sha256: hex(`many ${index}`), sources: [source], offset: 1200 * index, length: 1200, not_before: moment(-400 + (index % 300)), not_after: moment(-35 + (index % 500)), serial_hex: hex(`many serial ${index}`, 24), is_ca: false, self_issued: false, parent: null, locked: false, anchor: null, masked_cpf: `***.${String(index).padStart(6, '0').slice(0, 3)}.${String(index).padStart(6, '0').slice(3)}-**`, cnpj: null, icp_type: ['A1', 'A3', 'SE'][index % 3]! },
        recipe: { ...SUBSCRIBERS[0]!, id: `many-${index}`, name: `TITULAR DE EXEMPLO ${String(index).padStart(5, '0')}`, issuer },
      });
      sources[source]!.objects += 1;
    }
  }

  const bytesOf = ({ object, recipe }: Item): Uint8Array<ArrayBuffer> => (recipe === null ? tlv(0x30, tlv(0x30, tlv(2, Uint8Array.of(1)), tlv(6, oid('1.2.840.113549.1.7.2').slice(2)), tlv(12, new TextEncoder().encode(object.title))), tlv(4, noise(object.sha256, 96))) : certificateDer(describe(recipe)));

  const saved = (name: string, size: number) => ({ saved: office.documents.hold({ name, size, origin: 'result' }) });

  return {
    heap_view: () => relate(),
    heap_open: async () => {
      await office.pause(250);
      take(['cadeia-completa.p7b', 'ana-nogueira-2026.pfx', 'pasta do juiz.pem', 'keystore-antigo.jks'][turn++ % 4]!);
      return relate();
    },
    heap_add: async ({ documents }) => {
      await office.pause(200);
      for (const id of documents) take(office.documents.get(id).name);
      return relate();
    },
    heap_bring: ({ sha256 }) => {
      const own = [ROOT, INTERMEDIATE, NOTARY, ...SUBSCRIBERS].filter((recipe) => sha256.length === 0 || sha256.includes(describe(recipe).sha256));
      const source = open('', 'der', 1200 * own.length);
      for (const recipe of own) certificate(source, recipe);
      return relate();
    },
    heap_paste: ({ text }) => {
      if (/BEGIN PKCS12/.test(text)) store('colado.p12');
      else if (/-----BEGIN|^[0-9a-f\s:]+$/i.test(text)) certificate(open('', /-----/.test(text) ? 'pem' : 'hex', text.length), SUBSCRIBERS[0]!);
      else throw failure('pki_unrecognised', { name: '' }, { severity: 'warning' });
      return relate();
    },
    heap_remove: ({ ids }) => {
      items = items.filter(({ object }) => !ids.includes(object.id));
      for (const { object } of items) if (object.parent !== null && ids.includes(object.parent)) object.parent = null;
      return relate();
    },
    heap_clear: () => {
      items = [];
      sources = [];
      return relate();
    },
    heap_unlock: async ({ id, password }) => {
      const item = find(id);
      await office.pause(300);
      const typed = password === null ? null : await office.channels.unseal(password);
      if (typed !== 'senha' && typed !== null) throw failure('store_wrong_password_or_changed', { name: item.object.title }, { severity: 'warning', retry: 'after_action' });
      item.object.locked = false;
      const source = item.object.sources[0] ?? 0;
      for (const recipe of [SUBSCRIBERS[0]!, INTERMEDIATE]) {
        const inside = certificate(source, recipe);
        if (recipe === SUBSCRIBERS[0]) inside.object.parent = item.object.id;
      }
      return relate();
    },
    heap_detail: ({ id }): HeapDetail => {
      const item = find(id);
      const { object, recipe } = item;
      const store = object.kind === 'p12' || object.kind === 'jks' ? storeOf(object, items) : null;
      const crl = object.kind === 'crl';
      return {
        object: { ...object },
        certificate: recipe === null ? null : { ...describe(recipe), sha256: object.sha256, serial_hex: object.serial_hex ?? '00' },
        store,
        sections: recipe === null && store === null ? factsOf(object) : [],
        revoked: crl ? Array.from({ length: 640 }, (_, index) => ({ serial_hex: index === 3 ? describe(SUBSCRIBERS[2]!).serial_hex : hex(`revoked ${index}`, 20), at: moment(-index - 2), reason: ['key_compromise', null, 'superseded', 'cessation_of_operation'][index % 4]!, object: index === 3 ? (items.find(({ recipe: other }) => other === SUBSCRIBERS[2])?.object.id ?? null) : null })) : [],
        revoked_total: crl ? 1_204 : 0,
        pem: store !== null || object.kind === 'private_key' ? null : pem(recipe === null ? object.kind.toUpperCase() : 'CERTIFICATE', object.sha256, 700),
      };
    },
    heap_asn1: ({ id }): Asn1View => {
      const item = find(id);
      const broken = item.object.kind === 'unknown';
      return { nodes: elements(bytesOf(item)), trouble: broken ? { code: 'asn1_truncated', params: {}, offset: 118, field: null, detail: 'an element claims 4,096 bytes, 193 are left' } : null, truncated: false };
    },
    heap_bytes: ({ id }) => bytesOf(find(id)).buffer,
    heap_lint: ({ id }) => lintOf(find(id).object),
    heap_validate: async ({ id, requirements }): Promise<ChainReview> => {
      await office.pause(250);
      return reviewOf(find(id), items, requirements);
    },
    heap_compare: ({ a, b }) => compare(find(a), find(b)),
    heap_copy: ({ ids }) => ({ text: ids.map((id) => pem('CERTIFICATE', find(id).object.sha256, 700)).join('') }),
    heap_export: ({ ids, form }) => {
      if (ids.length === 0) throw failure('invalid_field', { field: 'ids', reason: 'empty' }, { severity: 'warning' });
      return saved(`certificados.${form === 'p7b' ? 'p7b' : form === 'der' ? 'cer' : 'pem'}`, 1_400 * ids.length);
    },
    heap_report: async ({ id, requirements, format }) => {
      await office.pause(600);
      return saved(`inspecao-${find(id).object.title.split(' ')[0]!.toLowerCase()}-${(requirements.at ?? moment()).slice(0, 10)}.${format}`, 48_200);
    },
  };
}

function compare(a: Item, b: Item): Comparison {
  if (a.recipe === null || b.recipe === null) throw failure('invalid_field', { field: 'ids', reason: 'malformed' }, { severity: 'warning' });
  const [one, other] = [describe(a.recipe), describe(b.recipe)];
  const row = (field: string, x: string | null, y: string | null, note: string | null = null): CompareRow => ({ field, named: false, a: x, b: y, state: x === y ? 'same' : x === null ? 'only_b' : y === null ? 'only_a' : 'changed', note });
  const extension = (name: string): CompareRow => ({ ...row(name, one.extensions.find((each) => each.name === name)?.lines.join(', ') ?? null, other.extensions.find((each) => each.name === name)?.lines.join(', ') ?? null), named: true });
  const names = [...new Set([...one.extensions, ...other.extensions].map(({ name }) => name))];
  const chain: CompareRow[] = [];
  for (let [x, y, depth]: [Recipe | null, Recipe | null, number] = [a.recipe.issuer, b.recipe.issuer, 1]; x !== null || y !== null; [x, y, depth] = [x?.issuer ?? null, y?.issuer ?? null, depth + 1]) chain.push({ ...row(`${depth}`, x?.name ?? null, y?.name ?? null), named: true });
  return {
    a: { ...a.object },
    b: { ...b.object },
    headline: a.object.sha256 === b.object.sha256 ? 'identical' : one.name === other.name ? (a.recipe.key === b.recipe.key && one.key.spki_sha256 === other.key.spki_sha256 ? 'renewal_same_key' : 'renewal_new_key') : 'other_holder',
    rows: [row('subject', one.subject, other.subject), row('issuer', one.issuer, other.issuer), row('serial', one.serial_hex, other.serial_hex), row('not_before', one.not_before, other.not_before), row('not_after', one.not_after, other.not_after, 'later'), row('key', `${one.key.kind} ${one.key.bits}`, `${other.key.kind} ${other.key.bits}`), row('spki_sha256', one.key.spki_sha256, other.key.spki_sha256), row('signature_algorithm', one.signature_algorithm, other.signature_algorithm), row('key_usages', one.key_usages.join(', '), other.key_usages.join(', ')), row('sha256', one.sha256, other.sha256), ...names.map(extension)],
    chain,
  };
}

