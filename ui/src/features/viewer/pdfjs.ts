import type { PDFDocumentProxy, PDFPageProxy } from 'pdfjs-dist';
import workerUrl from 'pdfjs-dist/legacy/build/pdf.worker.min.mjs?url';

/** A page of an open document. */
export type Page = PDFPageProxy;

/** An open document. */
export interface OpenPdf {
  readonly count: number;
  /** A page; the first is 1. */
  page(number: number): Promise<Page>;
  /** Frees everything, its worker included. */
  close(): void;
}

/** Why a document cannot be shown. */
export type PdfProblem = 'password' | 'damaged' | 'other';

/** A document that cannot be shown. */
export class PdfError extends Error {
  constructor(
    readonly problem: PdfProblem,
    options?: ErrorOptions,
  ) {
    super(`pdf: ${problem}`, options);
  }
}

/**
 * pdf.js, loaded when the first document is opened. The legacy build carries its own polyfills, because the web views of
 * older systems lack what the other one needs.
 */
async function library() {
  const pdfjs = await import('pdfjs-dist/legacy/build/pdf.mjs');
  pdfjs.GlobalWorkerOptions.workerSrc = workerUrl;
  return pdfjs;
}

/** Opens a PDF; the bytes go to the worker and are gone from here. */
export async function openPdf(bytes: ArrayBuffer, password?: string): Promise<OpenPdf> {
  const pdfjs = await library();
  const task = pdfjs.getDocument({
    data: new Uint8Array(bytes),
    ...(password === undefined ? {} : { password }),
    cMapUrl: '/pdfjs/cmaps/',
    standardFontDataUrl: '/pdfjs/standard_fonts/',
    wasmUrl: new URL('/pdfjs/wasm/', location.href).href,
    // The CSP allows neither eval nor WebAssembly; each decoder has a form in plain JavaScript.
    isEvalSupported: false,
    useWasm: false,
    // The same page must look the same on every machine.
    useSystemFonts: false,
    verbosity: pdfjs.VerbosityLevel.ERRORS,
  });
  let document: PDFDocumentProxy;
  try {
    document = await task.promise;
  } catch (cause) {
    void task.destroy();
    const name = cause instanceof Error ? cause.name : '';
    throw new PdfError(name === 'PasswordException' ? 'password' : name === 'InvalidPDFException' ? 'damaged' : 'other', { cause });
  }
  return {
    count: document.numPages,
    page: (number) => document.getPage(number),
    close: () => void task.destroy(),
  };
}

/** Draws a page on a new canvas. Answers the canvas with how to wait for it and how to stop. */
export function draw(page: Page, scale: number, ratio: number): { canvas: HTMLCanvasElement; done: Promise<void>; stop: () => void } {
  const viewport = page.getViewport({ scale: scale * ratio });
  const canvas = document.createElement('canvas');
  canvas.width = Math.floor(viewport.width);
  canvas.height = Math.floor(viewport.height);
  const task = page.render({ canvas, viewport });
  return { canvas, done: task.promise, stop: () => task.cancel() };
}

/** Lays invisible text over a drawn page, so that it can be selected and read aloud. Answers how to stop. */
export async function layText(page: Page, scale: number, container: HTMLElement): Promise<() => void> {
  const pdfjs = await library();
  const layer = new pdfjs.TextLayer({ textContentSource: page.streamTextContent(), container, viewport: page.getViewport({ scale }) });
  layer.render().catch(() => undefined);
  return () => layer.cancel();
}
