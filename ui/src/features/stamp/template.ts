import type { StampTemplate } from '../../generated/types';

/** The words in braces that a template may have, as the backend fills them in. */
export const PLACEHOLDERS = ['titular', 'cpf', 'emissor', 'data', 'motivo', 'local', 'cartorio'] as const;

/** A template to begin with. */
export function emptyTemplate(): StampTemplate {
  return { id: '', name: '', lines: ['{titular}', '{data}'], headline: true, image: null, qr: null, border: true, width: 200, height: 64, built_in: false };
}

/** What is edited: a copy; one that came with the program becomes a new one. */
export function editable(template: StampTemplate, copyName: (name: string) => string): StampTemplate {
  return template.built_in ? { ...template, id: '', built_in: false, name: copyName(template.name) } : { ...template };
}

/** A template as it is saved: no empty lines at its end, no empty code. */
export function savable(template: StampTemplate, text: string): StampTemplate {
  const lines = text.split('\n').map((line) => line.trimEnd());
  while (lines.length > 0 && lines.at(-1) === '') lines.pop();
  return { ...template, name: template.name.trim(), lines, qr: template.qr?.trim() ? template.qr.trim() : null };
}
