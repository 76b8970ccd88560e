/** Reads XML by its kind: what office programs write as one flat file, drawings, books, and any other as names and values. */

import { decodeText } from '../decode.ts';
import { extractFlatWord } from './docx.ts';
import type { ExtractedText } from './extracted-text.ts';
import { entitiesIn, extractHtml } from './html.ts';
import { extractFlatOpenDocument } from './opendocument.ts';
import { extractSpreadsheet } from './spreadsheet.ts';
import { extractFlatVisio } from './visio.ts';
import { extractArticle, isArticle } from './xml-articles.ts';
import { walkXml } from './xml.ts';

/** A longer value is prose, whose element's name says nothing. */
const maxNamedValue = 60;
/** Attributes that only the program needs: namespaces, addresses of schemas, identifiers of elements. */
const technical = /^(xmlns.*|id|style|class|schemaLocation)$/i;

/** Text in XML that is not well-formed is read as it stands. */
export function extractXml(bytes: Uint8Array): ExtractedText {
  const kind = kindOf(bytes);
  if (kind === 'word') return extractFlatWord(bytes);
  if (kind === 'sheet') return extractSheet(decodeText(bytes));
  if (kind === 'opendocument') return extractFlatOpenDocument(bytes);
  if (kind === 'visio') return extractFlatVisio(bytes);
  if (kind === 'page') return extractHtml(decodeText(bytes));
  if (kind === 'article') return extractArticle(bytes) ?? { text: decodeText(bytes) };
  const reader = new XmlReader(kind === 'drawing' ? drawing : kind === 'book' ? book : any);
  walkXml(bytes, reader);
  return reader.isBroken ? { text: decodeText(bytes) } : { text: reader.end() };
}

const endOfProperties = '</CustomDocumentProperties>';

/** The library refuses a file for properties that it does not know, and the sheets do not need any. */
function extractSheet(text: string): ExtractedText {
  const [from, to] = [text.indexOf('<CustomDocumentProperties'), text.indexOf(endOfProperties)];
  const sheets = from < 0 || to < from ? text : text.slice(0, from) + text.slice(to + endOfProperties.length);
  return extractSpreadsheet(new TextEncoder().encode(sheets));
}

/** Names of elements whose contents are not text, and whether values are shown with their names. */
interface Rules {
  readonly unseen: RegExp;
  readonly isNamed: boolean;
}

const any: Rules = { unseen: /^$/, isNamed: true };
const drawing: Rules = { unseen: /^(style|script|metadata|clipPath|filter)$/, isNamed: false };
const book: Rules = { unseen: /^(binary|stylesheet)$/, isNamed: false };

/** Decides by the first element. */
function kindOf(
  bytes: Uint8Array,
): 'word' | 'sheet' | 'opendocument' | 'drawing' | 'book' | 'visio' | 'page' | 'article' | 'any' {
  const start = decodeText(bytes.subarray(0, 4096 - (4096 % 4)));
  const root = /<([A-Za-z_][\w.:-]*)([^<>]*)>/.exec(start.replaceAll(/<!--[^]*?-->/g, ''));
  const [, name = '', attributes = ''] = root ?? [];
  if (/^(w:wordDocument|pkg:package)$/.test(name)) return 'word';
  if (name === 'office:document') return /opendocument\.spreadsheet/.test(attributes) ? 'sheet' : 'opendocument';
  if (/(^|:)Workbook$/.test(name) && /office:spreadsheet/.test(attributes)) return 'sheet';
  if (/^(svg:)?svg$/.test(name)) return 'drawing';
  if (name === 'FictionBook') return 'book';
  if (name === 'VisioDocument') return 'visio';
  if (/^html$/i.test(name)) return 'page';
  return isArticle(name, start) ? 'article' : 'any';
}

/** Elements that contain text and other elements (mixed content) stay one paragraph; others are lines of their own. */
class XmlReader {
  readonly #rules: Rules;
  readonly #lines: string[] = [];
  /** The text so far of each open element. */
  readonly #open: { readonly name: string; text: string; hasText: boolean }[] = [];
  #unseen = 0;
  isBroken = false;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  readonly open = (name: string, attributes: Readonly<Record<string, string>>): void => {
    if (this.#rules.unseen.test(name)) this.#unseen++;
    if (this.#unseen > 0) return;
    this.#open.push({ name, text: '', hasText: false });
    if (!this.#rules.isNamed) return;
    // Attributes with a prefix occur twice, also without it.
    const shown = Object.entries(attributes).filter(
      ([key, value]) => value.trim() !== '' && !key.includes(':') && !technical.test(key),
    );
    if (shown.length > 0) this.#write(shown.map(([key, value]) => `${key}: ${value}`).join(' | '));
  };

  readonly text = (text: string): void => {
    const element = this.#open.at(-1);
    if (element === undefined || this.#unseen > 0) return;
    element.text += text;
    // Not by the text so far: looking at it for each element in it takes time with the square of their number.
    element.hasText ||= text.trim() !== '';
  };

  readonly close = (name: string): void => {
    if (this.#unseen > 0) {
      if (this.#rules.unseen.test(name)) this.#unseen--;
      return;
    }
    const element = this.#open.pop();
    const above = this.#open.at(-1);
    if (element === undefined) return;
    if (above?.hasText === true) above.text += element.text;
    else this.#write(this.#named(element));
  };

  readonly broken = (): void => {
    this.isBroken = true;
  };

  end(): string {
    return this.#lines.join('\n');
  }

  #named({ name, text }: { readonly name: string; readonly text: string }): string {
    const shown = /<\/?[a-z][\w-]*(\s[^<>]*)?>/i.test(text) ? extractHtml(text).text : entitiesIn(text).trim();
    return this.#rules.isNamed && shown.length <= maxNamedValue && shown !== '' ? `${name}: ${shown}` : shown;
  }

  #write(line: string): void {
    if (line.trim() !== '') this.#lines.push(line.replaceAll(/[ \t]{2,}/g, ' '));
  }
}
