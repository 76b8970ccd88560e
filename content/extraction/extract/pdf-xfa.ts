/**
 * Reads dynamic forms (XFA): the pages of such a PDF only ask for another program, and the form is XML beside them
 * ("XML Forms Architecture", 3.3).
 */

import type { WrappedPdfiumModule } from '@embedpdf/pdfium';
import { memoryOf } from './pdfium.ts';
import { walkXml } from './xml.ts';

/** `FORMTYPE_XFA_FULL` of `fpdf_formfill.h`: the pages must be made from the form. */
const dynamicForm = 2;
const maxPackets = 100;
/** In some files all packets are one, without a name. */
const packetsWithText = /^(template|datasets|)$/;
/** Elements of a template whose text is not displayed, or only while the form is filled in. */
const unseen = new Set(['script', 'items', 'toolTip', 'speak', 'extras', 'desc', 'picture']);

/** Returns the labels and texts of the form, then the values that were filled in; empty if it is no dynamic form. */
export function dynamicFormText(pdfium: WrappedPdfiumModule, document: number): string {
  if (pdfium.FPDF_GetFormType(document) !== dynamicForm) return '';
  const lines: string[] = [];
  for (let i = 0; i < Math.min(pdfium.FPDF_GetXFAPacketCount(document), maxPackets); i++) {
    if (!packetsWithText.test(nameOf(pdfium, document, i))) continue;
    const packet = contentOf(pdfium, document, i);
    if (packet.length > 0) walkXml(packet, new FormReader(lines));
  }
  return lines.join('\n');
}

function nameOf(pdfium: WrappedPdfiumModule, document: number, index: number): string {
  const size = pdfium.FPDF_GetXFAPacketName(document, index, 0, 0);
  if (size <= 1) return '';
  const { wasmExports } = pdfium.pdfium;
  const at = wasmExports.malloc(size);
  try {
    pdfium.FPDF_GetXFAPacketName(document, index, at, size);
    return new TextDecoder().decode(memoryOf(pdfium).slice(at, at + size - 1));
  } finally {
    wasmExports.free(at);
  }
}

function contentOf(pdfium: WrappedPdfiumModule, document: number, index: number): Uint8Array {
  const { wasmExports } = pdfium.pdfium;
  const lengthAt = wasmExports.malloc(4);
  let at = 0;
  try {
    if (!pdfium.FPDF_GetXFAPacketContent(document, index, 0, 0, lengthAt)) return new Uint8Array();
    const length = Number(pdfium.pdfium.getValue(lengthAt, 'i32'));
    if (length <= 0) return new Uint8Array();
    at = wasmExports.malloc(length);
    if (!pdfium.FPDF_GetXFAPacketContent(document, index, at, length, lengthAt)) return new Uint8Array();
    return memoryOf(pdfium).slice(at, at + length);
  } finally {
    wasmExports.free(lengthAt);
    if (at !== 0) wasmExports.free(at);
  }
}

/** In the template, texts are in elements of their own; in the data, each element is a value named by its field. */
class FormReader {
  readonly #lines: string[];
  #part: 'template' | 'data' | null = null;
  #unseen = 0;
  #texts = 0;
  #text = '';

  constructor(lines: string[]) {
    this.#lines = lines;
  }

  readonly open = (name: string): void => {
    if (name === 'template' || name === 'data') this.#part ??= name;
    if (unseen.has(name) && this.#part === 'template') this.#unseen++;
    if (this.#part === 'data') this.#text = '';
    else if (name === 'text' || name === 'exData') this.#texts++;
    else if (name === 'p' || name === 'br') this.#text += ' ';
  };

  readonly text = (text: string): void => {
    if (this.#part === 'data' || (this.#texts > 0 && this.#unseen === 0)) this.#text += text;
  };

  readonly close = (name: string): void => {
    if (unseen.has(name) && this.#part === 'template') this.#unseen--;
    const isText = name === 'text' || name === 'exData';
    if (this.#part === 'template' && isText && --this.#texts === 0) this.#end('');
    if (this.#part === 'data') this.#end(`${name}: `);
    if (name === this.#part) this.#part = null;
  };

  #end(label: string): void {
    const text = this.#text.replaceAll(/\s+/g, ' ').trim();
    this.#text = '';
    if (text !== '') this.#lines.push(`${label}${text}`);
  }
}
