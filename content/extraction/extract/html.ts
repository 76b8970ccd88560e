import { defaultTreeAdapter as tree, type DefaultTreeAdapterTypes, html as names, parse, parseFragment } from 'parse5';
import type { ExtractedText } from './extracted-text.ts';
import { blocks, unseen } from './html-elements.ts';
import { dataTableOf, findLayoutTables } from './html-tables.ts';
import { listNumber } from './list-numbers.ts';
import { mathName, mathSign } from './mathml.ts';
import { tableToText } from './tables.ts';

type Node = DefaultTreeAdapterTypes.ChildNode;
type Element = DefaultTreeAdapterTypes.Element;

const maxListDepth = 8;
const maxLink = 500;

/**
 * Converts HTML to Markdown, which keeps the structure used for chunking: headings, lists, code, and data tables with
 * column names.
 */
export function extractHtml(html: string): ExtractedText {
  const document = parse(withEndTags(html), { scriptingEnabled: false });
  const title = titleOf(document);
  // A page that a script fills says at least what it is.
  return { text: toText(document) || (title ?? ''), ...(title ? { title } : {}) };
}

/** Returns a text of XML with the characters that HTML's names stand for, such as `&nbsp;`; others stay as they stand. */
export function entitiesIn(text: string): string {
  return text.replaceAll(/&[a-z][a-z\d]{1,30};/gi, (entity) => {
    const [node] = parseFragment(entity).childNodes;
    return node !== undefined && tree.isTextNode(node) ? node.value : entity;
  });
}

/**
 * In XHTML any element may end itself, which browsers ignore in HTML: a title that does would hide the whole page. And
 * character data may stand between marks that are a comment in HTML.
 */
function withEndTags(html: string): string {
  if (!/^\s*<\?xml|xmlns\s*=\s*["']http:\/\/www\.w3\.org\/1999\/xhtml/.test(html.slice(0, 2000))) return html;
  // Behind the last end of character data, each of its beginnings would be compared with everything that follows.
  const end = html.lastIndexOf(']]>') + ']]>'.length;
  const unmarked = html
    .slice(0, end)
    .replaceAll(/<!\[CDATA\[([^]*?)\]\]>/g, (_all, text: string) =>
      text.replaceAll('&', '&amp;').replaceAll('<', '&lt;'),
    );
  return `${unmarked}${html.slice(end)}`.replaceAll(
    /<(title|script|style|textarea|iframe|noscript|a|b|i|em|strong|span|p|div|td|th|li|h[1-6])(\s[^<>]*)?\/>/gi,
    '<$1$2></$1>',
  );
}

/** One step of the walk: enter a node, or close an element after everything below it. */
type Step = { readonly enter: Node } | { readonly leave: () => void };

/** Walks without recursion, because pages may be nested 100,000 levels deep. */
function toText(document: DefaultTreeAdapterTypes.Document): string {
  const layout = findLayoutTables(document);
  const writer = new Writer();
  const steps: Step[] = [];
  const enterAll = (nodes: readonly Node[]): void => {
    for (let i = nodes.length - 1; i >= 0; i--) {
      const node = nodes[i];
      if (node !== undefined) steps.push({ enter: node });
    }
  };
  enterAll(document.childNodes);
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    if ('leave' in step) step.leave();
    else if (tree.isTextNode(step.enter)) writer.text(step.enter.value);
    else if (tree.isElementNode(step.enter)) {
      const leave = enter(writer, step.enter, layout);
      if (leave === null) continue;
      steps.push({ leave });
      enterAll(step.enter.childNodes);
    }
  }
  return writer.end();
}

/** Null if there is nothing to read below it, or everything is written already. */
function enter(writer: Writer, element: Element, layout: ReadonlySet<Element>): (() => void) | null {
  const { tagName } = element;
  if (unseen.has(tagName)) return null;
  if (element.namespaceURI === mathNamespace) return enterEquation(writer, element);
  if (tagName === 'table' && !layout.has(element)) {
    writer.block(tableToText(dataTableOf(element)));
    return null;
  }
  switch (tagName) {
    case 'br':
      writer.newLine();
      return null;
    case 'noframes':
      writer.block(withoutFrames(element));
      return null;
    case 'img':
      writer.text(attribute(element, 'alt') ?? '');
      return null;
    case 'input':
      if (attribute(element, 'type') !== 'hidden') writer.text(` ${attribute(element, 'value') ?? ''} `);
      return null;
    case 'a':
      return writer.openLink(attribute(element, 'href'));
    case 'pre':
      return writer.openCode();
    case 'blockquote':
      return writer.openQuotation();
    case 'ul':
      return writer.openList(null);
    case 'ol':
      return writer.openList(formats[attribute(element, 'type') ?? ''] ?? 'decimal', numberIn(element, 'start'));
    case 'li':
      return writer.openItem(numberIn(element, 'value'));
    default:
      if (/^h[1-6]$/.test(tagName)) return writer.openHeading(Number(tagName[1]));
      return blocks.has(tagName) ? writer.openBlock() : () => {};
  }
}

const mathNamespace = names.NS.MATHML;

/** @returns null if it is a name, which is written already */
function enterEquation(writer: Writer, element: Element): (() => void) | null {
  const { tagName, parentNode, childNodes } = element;
  if (parentNode !== null && tree.isElementNode(parentNode))
    writer.text(mathSign(tagName, parentNode.tagName, writer.isFirstIn(parentNode)));
  const [name] = childNodes;
  if (tagName !== 'mi' || name === undefined || !tree.isTextNode(name)) return () => {};
  writer.text(mathName(name.value));
  return null;
}

/** How the items of a list are numbered, by its `type`. */
const formats: Readonly<Record<string, string>> = {
  a: 'lowerLetter',
  A: 'upperLetter',
  i: 'lowerRoman',
  I: 'upperRoman',
};

function numberIn(element: Element, name: string): number | null {
  const value = attribute(element, name)?.trim() ?? '';
  return /^-?\d{1,9}$/.test(value) ? Number(value) : null;
}

/** Collects blocks, with white space as a browser shows it. */
class Writer {
  readonly #blocks: string[] = [];
  readonly #lists: { readonly format: string | null; number: number }[] = [];
  /** The line so far, in parts: looking at its end for each of its links would take time with their square. */
  #line: string[] = [];
  /** The number of lines that have ended, also of those without text. */
  #lines = 0;
  #prefix = '';
  #quotations = 0;
  #code = 0;
  #isItem = false;
  #isAfterItem = false;
  readonly #begun = new WeakSet<Element>();

  /** Whether this is asked for the first time. */
  isFirstIn(parent: Element): boolean {
    const isFirst = !this.#begun.has(parent);
    this.#begun.add(parent);
    return isFirst;
  }

  text(value: string): void {
    this.#line.push(this.#code > 0 ? value : value.replace(/[ \t\r\n\f]+/g, ' '));
  }

  newLine(): void {
    this.#line.push('\n');
  }

  block(text: string): void {
    this.#flush();
    if (text === '') return;
    this.#blocks.push(`${this.#blocks.length === 0 ? '' : '\n\n'}${text}`);
    this.#isAfterItem = false;
  }

  openBlock(): () => void {
    this.#flush();
    return () => this.#flush();
  }

  openHeading(level: number): () => void {
    this.#flush();
    return () => {
      const title = this.#line.join('').replaceAll(/\s+/g, ' ').trim();
      this.#line = [title];
      if (title !== '') {
        this.#prefix = `${'#'.repeat(level)} `;
        this.#isItem = false;
      }
      this.#flush();
    };
  }

  /** @param format how its items are numbered; null if they are not */
  openList(format: string | null, start: number | null = null): () => void {
    this.#flush();
    this.#lists.push({ format, number: (start ?? 1) - 1 });
    return () => {
      this.#flush();
      this.#lists.pop();
      this.#isAfterItem &&= this.#lists.length > 0;
    };
  }

  /** @param number which the item states itself */
  openItem(number: number | null): () => void {
    this.#flush();
    const list = this.#lists.at(-1);
    const indent = '  '.repeat(Math.min(Math.max(0, this.#lists.length - 1), maxListDepth));
    if (list !== undefined) list.number = number ?? list.number + 1;
    const format = list?.format ?? null;
    this.#prefix = `${indent}${list === undefined || format === null ? '-' : `${listNumber(list.number, format)}.`} `;
    this.#isItem = true;
    return () => this.#flush();
  }

  openQuotation(): () => void {
    this.#flush();
    this.#quotations++;
    return () => {
      this.#flush();
      this.#quotations--;
    };
  }

  openCode(): () => void {
    this.#flush();
    this.#code++;
    return () => {
      this.#code--;
      const code = this.#line.join('').replace(/^\n/, '').trimEnd();
      this.#line = [];
      this.block(code.trim() === '' ? '' : `\`\`\`\n${code}\n\`\`\``);
    };
  }

  openLink(href: string | null): () => void {
    const opened = { line: this.#lines, at: this.#line.length };
    const count = this.#blocks.length;
    return () => {
      // Of a line that began inside the link, all is its text.
      const at = opened.line === this.#lines ? opened.at : 0;
      const text = this.#line.slice(at).join('').trim();
      const isShown = count === this.#blocks.length && text !== '' && href !== null && href.length <= maxLink;
      if (!isShown || !/^(https?|mailto):/i.test(href) || this.#code > 0) return;
      this.#line.length = at;
      this.#line.push(`[${text}](${href.replaceAll(/[\s)]/g, encodeURIComponent)})`);
    };
  }

  end(): string {
    this.#flush();
    return this.#blocks.join('');
  }

  #flush(): void {
    if (this.#code > 0) return;
    const lines = this.#line
      .join('')
      .split('\n')
      .map((line) => line.trim());
    const text = lines.join('\n').trim();
    this.#line = [];
    this.#lines++;
    if (text === '') return;
    const isItem = this.#isItem;
    const shown = this.#quotations > 0 ? `> ${text.replaceAll('\n', '\n> ')}` : text;
    const gap = this.#blocks.length === 0 ? '' : isItem && this.#isAfterItem ? '\n' : '\n\n';
    this.#blocks.push(`${gap}${this.#prefix}${shown}`);
    this.#isAfterItem = isItem;
    this.#isItem = false;
    this.#prefix = '';
  }
}

/** The parser treats the contents as text, because browsers show the frames instead. */
function withoutFrames({ childNodes }: Element): string {
  const inner = childNodes.map((node) => (tree.isTextNode(node) ? node.value : '')).join('');
  return /<noframes/i.test(inner) ? '' : extractHtml(inner).text;
}

function titleOf(document: DefaultTreeAdapterTypes.Document): string | null {
  const html = document.childNodes.find((node) => tree.isElementNode(node) && node.tagName === 'html');
  const head = html !== undefined && tree.isElementNode(html) ? html.childNodes.find(isHead) : undefined;
  const title = head?.childNodes.find((node) => tree.isElementNode(node) && node.tagName === 'title');
  if (title === undefined || !tree.isElementNode(title)) return null;
  const text = title.childNodes.map((node) => (tree.isTextNode(node) ? node.value : '')).join('');
  return text.replaceAll(/\s+/g, ' ').trim() || null;
}

function isHead(node: Node): node is Element {
  return tree.isElementNode(node) && node.tagName === 'head';
}

function attribute(element: Element, name: string): string | null {
  return element.attrs.find((candidate) => candidate.name === name)?.value ?? null;
}
