import type { StampCheck, StampCovers, StampPreview, StampPreviewRequest, StampTemplate } from '../../generated/types';

import { failure } from './failure';
import { hex } from './random';
import type { Handlers, Shared } from './shared';

type Own = Pick<Handlers, 'stamp_templates' | 'stamp_template_save' | 'stamp_template_remove' | 'stamp_image_pick' | 'stamp_preview' | 'stamp_check'>;

/** The height down to which the pretended documents have text, in points from the top of the page. */
const TEXT_UNTIL = 420;
const SMALLEST = 4;

const BUILT_IN: StampTemplate = { id: 'padrao', name: 'Padrão', lines: ['{titular}', 'CPF {cpf}', 'Assinado em {data}', '{cartorio}'], headline: true, image: null, qr: null, border: true, width: 200, height: 64, built_in: true };
const WITH_QR: StampTemplate = { id: 'com-qr', name: 'Com QR de validação', lines: ['Documento assinado digitalmente', '{titular}', '{data}', 'Valide em validar.iti.gov.br'], headline: false, image: null, qr: 'https://validar.iti.gov.br', border: true, width: 230, height: 72, built_in: true };

/** Answers about visible stamps. */
export function stampHandlers(office: Shared): Own {
  let templates: StampTemplate[] = office.empty ? [BUILT_IN] : [BUILT_IN, WITH_QR];
  let count = 0;
  return {
    stamp_templates: () => structuredClone(templates),
    stamp_template_save: (template) => {
      if (template.name.trim() === '') throw failure('invalid_field', { field: 'name', reason: 'empty' }, { severity: 'warning', retry: 'after_action' });
      const saved = { ...template, id: template.id === '' ? `modelo-${(count += 1)}` : template.id, built_in: false };
      templates = templates.some(({ id }) => id === saved.id) ? templates.map((each) => (each.id === saved.id ? saved : each)) : [...templates, saved];
      return structuredClone(templates);
    },
    stamp_template_remove: ({ id }) => {
      templates = templates.filter((each) => each.id !== id || each.built_in);
      return structuredClone(templates);
    },
    stamp_image_pick: () => ({ id: hex('brasao').slice(0, 32), name: 'brasao-do-cartorio.png', width: 480, height: 480 }),
    stamp_preview: (request) => preview(request, office.identities.find(({ id }) => id === request.identity)),
    stamp_check: (request) => covers(request),
  };
}

/** What a stamp would cover on a pretended page: text in its upper part. */
export function covers({ x, y, width, height }: Omit<StampCheck, 'document' | 'page'>): StampCovers {
  return { text: y < TEXT_UNTIL && y + height > 60 ? 'SAIBAM quantos este público instrumento' : '', fields: [], picture: false, unread: false, outside: x < 0 || y < 0 || x + width > 842 || y + height > 842 };
}

function preview({ template, reason, location, width, height }: StampPreviewRequest, identity: Shared['identities'][number] | undefined): StampPreview {
  const words: Record<string, string> = {
    titular: identity?.holder ?? 'Nome do titular',
    cpf: identity?.masked_cpf ?? '•••',
    emissor: identity?.issuer ?? 'Emissor',
    data: '22/11/2026 09:14',
    motivo: reason ?? '',
    local: location ?? '',
    cartorio: '1º Ofício de Notas',
  };
  const lines = template.lines.map((line) => line.replaceAll(/\{(\w+)\}/g, (all, name: string) => words[name] ?? all)).filter((line) => line.trim() !== '');
  const qr = template.qr === null || template.qr === '' ? 0 : height - 8;
  const picture = template.image === null ? 0 : height - 8;
  const room = width - 12 - qr - picture;
  const longest = Math.max(1, ...lines.map((line, index) => line.length * (index === 0 && template.headline ? 1.25 : 1)));
  const size = Math.min(11, (height - 10) / (Math.max(1, lines.length) * 1.2), (room / longest) * 1.95);
  if (size < SMALLEST) throw failure('stamp_too_much_text', { lines: String(lines.length) }, { severity: 'warning', retry: 'after_action' });
  let y = (height - lines.length * size * 1.2) / 2;
  const text = lines.map((line, index) => `<text x="${6 + picture}" y="${(y += size * 1.2) - size * 0.25}" font-size="${index === 0 && template.headline ? size * 1.15 : size}" font-weight="${index === 0 && template.headline ? 700 : 400}">${escape(line)}</text>`);
  return {
    svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" fill="#141414">
${template.border ? `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" fill="none" stroke="#444"/>` : ''}
${picture > 0 ? `<circle cx="${4 + picture / 2}" cy="${height / 2}" r="${picture / 2.2}" fill="none" stroke="#7a5c1e" stroke-width="1.5"/>` : ''}
${text.join('\n')}
${qr > 0 ? squares(width - qr - 4, 4, qr) : ''}</svg>`,
    smallest_text: Math.round(size * 10) / 10,
  };
}

function squares(x: number, y: number, size: number): string {
  const cells = 21;
  const cell = size / cells;
  const bits = hex('qr').repeat(8);
  let path = '';
  for (let row = 0; row < cells; row += 1) for (let column = 0; column < cells; column += 1) if (Number.parseInt(bits[(row * cells + column) % bits.length]!, 16) % 2 === (row ^ column) % 2) path += `M${x + column * cell} ${y + row * cell}h${cell}v${cell}h-${cell}z`;
  return `<path d="${path}"/>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
