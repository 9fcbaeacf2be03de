import type { DocumentInfo, DocumentKind, DocumentOrigin, PickPurpose } from '../../generated/types';

import { failure, wireError } from './failure';
import { samplePdf } from './pdf';
import { DEED, OFFICE, POWER_OF_ATTORNEY, plainPages } from './texts';

interface Held {
  info: DocumentInfo;
  bytes: () => Uint8Array<ArrayBuffer>;
}

/** Documents in the backend's hands. */
export class Documents {
  #held = new Map<string, Held>();
  #count = 0;
  #turn = 0;

  get(id: string): DocumentInfo {
    return this.#find(id).info;
  }

  bytes(id: string): ArrayBuffer {
    return this.#find(id).bytes().buffer;
  }

  /** Changes what is known of a document. */
  change(id: string, facts: Partial<DocumentInfo>): DocumentInfo {
    const held = this.#find(id);
    held.info = { ...held.info, ...facts };
    return held.info;
  }

  forget(id: string): void {
    this.#held.delete(id);
  }

  hold(info: Partial<DocumentInfo> & { name: string }, bytes?: () => Uint8Array<ArrayBuffer>): DocumentInfo {
    const id = `doc-${(this.#count += 1)}`;
    const kind = info.kind ?? kindOf(info.name);
    const pages = info.pages ?? (kind === 'pdf' ? 2 : null);
    const source = bytes ?? (() => (kind === 'pdf' ? samplePdf(OFFICE, plainPages(info.name, pages ?? 1)) : new Uint8Array(64)));
    const full: DocumentInfo = {
      folder: '/home/escrevente/Documentos',
      size: info.size ?? source().length,
      signatures: 0,
      origin: 'picked',
      sign_problem: null,
      ...info,
      id,
      kind,
      pages,
    };
    this.#held.set(id, { info: full, bytes: source });
    return full;
  }

  samples(): DocumentInfo[] {
    const folder = '/home/escrevente/Cartório Digital/Demonstração';
    return [
      this.hold({ name: 'Procuração pública.pdf', folder, origin: 'sample', pages: POWER_OF_ATTORNEY.length }, () => samplePdf(OFFICE, POWER_OF_ATTORNEY)),
      this.hold({ name: 'Escritura de venda e compra.pdf', folder, origin: 'sample', pages: DEED.length }, () => samplePdf(OFFICE, DEED)),
    ];
  }

  /** What the native dialog would answer; each time something else, so that every state can be seen. */
  pick(purpose: PickPurpose): DocumentInfo[] {
    const turn = this.#turn++;
    const of = <T>(choices: T[]): T => choices[turn % choices.length]!;
    switch (purpose) {
      case 'sign':
        return of([
          () => [this.hold({ name: 'Ata notarial 2026-118.pdf', pages: 4 }), this.hold({ name: 'Planta do imóvel.dwg', size: 4_812_004 })],
          () => [this.hold({ name: 'Certidão de matrícula 45.678 do 3º Oficial de Registro de Imóveis da Comarca da Capital, com averbações.pdf', pages: 11 })],
          () => [
            this.hold({ name: 'Balanço protegido.pdf', size: 918_220, pages: null, sign_problem: wireError('pdf_encrypted', { name: 'Balanço protegido.pdf' }) }),
            this.hold({ name: 'Substabelecimento.pdf', pages: 1, signatures: 1 }),
          ],
        ])();
      case 'verify':
        return [this.hold(of([{ name: 'Procuração pública-assinada.pdf', signatures: 1 }, { name: 'Contrato sem evidência.pdf', signatures: 1 }, { name: 'Escritura alterada.pdf', signatures: 1 }, { name: 'Laudo sem assinatura.pdf' }, { name: 'Ata coassinada.pdf', signatures: 2 }, { name: 'Planta do imóvel.dwg.p7s', size: 6_310 }, { name: 'Inventário assinado com carimbo.pdf', signatures: 1 }, { name: 'Estatuto com revisões.pdf', signatures: 1 }, { name: 'Parecer fora da política.pdf', signatures: 1 }, { name: 'Recibo contra-assinado.pdf.p7s', size: 9_120 }]))];
      case 'signed':
        return [{ name: 'Escritura assinada de compra e venda com pacto adjeto de alienação fiduciária em garantia, livro 1.204, folhas 118 a 131.pdf', signatures: 1 }, { name: 'Inventário assinado com carimbo.pdf', signatures: 1 }, { name: 'Ata coassinada.pdf', signatures: 2 }, { name: 'Procuração assinada sem provas.pdf', signatures: 1 }, { name: 'Escritura alterada.pdf', signatures: 1 }, { name: 'Planta do imóvel.dwg.p7s', size: 6_310 }, { name: 'Laudo sem assinatura.pdf' }].map((info) => this.hold(info));
      case 'evidence':
        return [this.hold({ name: of(['ac-exemplo-2026-11.crl', 'resposta-ocsp-tabeliao.ors']), size: 1_842 })];
      case 'content':
        return [this.hold({ name: 'Planta do imóvel.dwg', size: 4_812_004 })];
      case 'p12':
        return [this.hold({ name: of(['ana-nogueira-2026.pfx', 'mario teles.p12']), size: 4_190 })];
      case 'file_signature':
        return [this.hold(of([{ name: 'Planta do imóvel.dwg.sig.json', size: 1_804 }, { name: 'Planta do imóvel.dwg.sig', size: 256 }]))];
      case 'certificates':
        return [this.hold(of([{ name: 'cadeia-completa.p7b', size: 9_220 }, { name: 'ana-nogueira.cer', size: 1_180 }]))];
    }
  }

  #find(id: string): Held {
    const held = this.#held.get(id);
    if (held === undefined) throw failure('document_unknown', { id });
    return held;
  }
}

/** A file that was dropped in a plain browser. */
export async function fromFile(documents: Documents, file: File, origin: DocumentOrigin): Promise<DocumentInfo> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return documents.hold({ name: file.name, size: file.size, origin }, () => bytes.slice());
}

function kindOf(name: string): DocumentKind {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  if (extension === 'pdf') return 'pdf';
  if (extension === 'p7s') return 'cms';
  if (['pem', 'cer', 'crt', 'der', 'p7b', 'p7c', 'crl'].includes(extension)) return 'certificates';
  if (extension === 'p12' || extension === 'pfx') return 'p12';
  return 'other';
}
