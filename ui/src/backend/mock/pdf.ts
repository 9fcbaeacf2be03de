/** A page of the small documents below. */
export interface SamplePage {
  /** Big line on top. */
  title: string;
  /** Paragraphs, wrapped by themselves. */
  paragraphs: string[];
  /** Whether the page lies on its side. */
  landscape?: boolean;
}

const SHORT = 595.28;
const LONG = 841.89;
const MARGIN = 72;

/** Writes a small PDF with Helvetica and Times, enough to look at. */
export function samplePdf(office: string, pages: SamplePage[]): Uint8Array<ArrayBuffer> {
  const bodies: string[] = [];
  const add = (body: string): number => bodies.push(body);
  add('<< /Type /Catalog /Pages 2 0 R >>');
  add('');
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >>');
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>');
  const kids = pages.map((page, index) => {
    const [width, height] = page.landscape === true ? [LONG, SHORT] : [SHORT, LONG];
    const content = drawing(office, page, index + 1, pages.length, width, height);
    const stream = add(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`);
    return add(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] /Contents ${stream} 0 R ` +
        '/Resources << /Font << /T 3 0 R /H 4 0 R >> >> >>',
    );
  });
  bodies[1] = `<< /Type /Pages /Count ${kids.length} /Kids [${kids.map((kid) => `${kid} 0 R`).join(' ')}] >>`;
  return assemble(bodies);
}

function drawing(office: string, page: SamplePage, number: number, count: number, width: number, height: number): string {
  const lines: string[] = [];
  const write = (font: string, size: number, x: number, y: number, text: string): void => {
    lines.push(`BT /${font} ${size} Tf ${x} ${y.toFixed(1)} Td (${literal(text)}) Tj ET`);
  };
  lines.push('0.12 0.16 0.28 rg');
  write('H', 9, MARGIN, height - 48, office.toUpperCase());
  lines.push(`0.72 0.58 0.24 RG 1 w ${MARGIN} ${height - 56} m ${width - MARGIN} ${height - 56} l S 0.1 g`);
  let y = height - 110;
  for (const line of wrap(page.title, Math.floor((width - 2 * MARGIN) / 9.2))) {
    write('H', 16, MARGIN, y, line);
    y -= 22;
  }
  y -= 12;
  for (const paragraph of page.paragraphs) {
    for (const line of wrap(paragraph, Math.floor((width - 2 * MARGIN) / 5.35))) {
      write('T', 12, MARGIN, y, line);
      y -= 18;
    }
    y -= 9;
  }
  lines.push('0.45 g');
  write('T', 9, MARGIN, 40, `Folha ${number} de ${count}`);
  return lines.join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** A PDF string in WinAnsi; what has no place there becomes a question mark. */
function literal(text: string): string {
  const special: Record<string, number> = { '–': 0x96, '—': 0x97, '“': 0x93, '”': 0x94, '•': 0x95, '…': 0x85 };
  let out = '';
  for (const character of text) {
    const code = special[character] ?? character.codePointAt(0)!;
    if (character === '(' || character === ')' || character === '\\') out += `\\${character}`;
    else if (code >= 32 && code < 127) out += character;
    else if (code < 256) out += `\\${code.toString(8).padStart(3, '0')}`;
    else out += '?';
  }
  return out;
}

function assemble(bodies: string[]): Uint8Array<ArrayBuffer> {
  let file = '%PDF-1.7\n';
  const offsets = bodies.map((body, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${body}\nendobj\n`;
    return offset;
  });
  const start = file.length;
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  file += `xref\n0 ${bodies.length + 1}\n0000000000 65535 f \n${entries}`;
  file += `trailer\n<< /Size ${bodies.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Uint8Array.from(file, (character) => character.charCodeAt(0));
}
