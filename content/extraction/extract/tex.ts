/**
 * Reads the text of TeX and LaTeX: what a reader of the printed page sees, with headings, lists and tables as Markdown
 * has them. Formulas and code stay as they are written.
 */

import type { ExtractedText } from './extracted-text.ts';
import { accents, headings, inWords, lists, symbols, theorems, wordsToSkip } from './tex-names.ts';

const maxTitle = 200;
/** Arguments in arguments; deeper ones are not read. */
const maxDepth = 20;
/** Limits what macros may add, since one may name itself, or two of another. */
const maxExpanded = 1_000_000;
const maxExpansions = 100;
const tailLength = 20;

const parameter = /#([1-9])/g;
const verbatim = /^(verbatim|Verbatim|lstlisting|minted|alltt|filecontents|code|luacode)\*?$/;
const formula = /^(equation|align|alignat|flalign|gather|multline|eqnarray|displaymath|math|dmath)\*?$/;
const picture = /^(tikzpicture|pgfpicture|picture|pspicture)\*?$/;
const columns = /^(tabular|tabularx|tabulary|longtable|supertabular|array|tabu|tblr)\*?$/;
/** Environments with an argument that says how wide they are, or how they look. */
const measured =
  /^(minipage|multicols|wrapfigure|wraptable|thebibliography|adjustwidth|spacing|column|subfigure|adjustbox)\*?$/;

export function extractTex(text: string): ExtractedText {
  const state: State = { macros: new Map(), expanded: 0, depth: 0, title: '' };
  const words = new Scanner(text.replaceAll(/\r\n?/g, '\n'), state).read();
  const title = state.title.replaceAll(/\s+/g, ' ').trim().slice(0, maxTitle);
  return { text: words, ...(title === '' ? {} : { title }) };
}

interface Macro {
  readonly parameters: number;
  /** The value of the first parameter if it is left out; null if it cannot be. */
  readonly preset: string | null;
  readonly body: string;
}

/** What the readers of a file and of arguments in it share. */
interface State {
  readonly macros: Map<string, Macro>;
  expanded: number;
  depth: number;
  title: string;
}

/** A text that is read, and where. */
interface Source {
  readonly text: string;
  /** The closing brace of each opening one. */
  readonly closing: ReadonlyMap<number, number>;
  /** What was looked for and does not come any more. */
  readonly missing: Set<string>;
  at: number;
}

class Scanner {
  readonly #state: State;
  readonly #sources: Source[];
  /** Lines of text, and code, whose blanks count. */
  readonly #parts: { text: string; readonly isCode: boolean }[] = [{ text: '', isCode: false }];
  /** The number of the next item of each open list; null if its items have none. */
  readonly #lists: (number | null)[] = [];
  /** The last characters that were written; looking at a long text while it grows takes time with its square. */
  #tail = '';
  #hasBegun = false;
  #isEnded = false;

  constructor(text: string, state: State) {
    this.#state = state;
    this.#sources = [sourceOf(text)];
  }

  read(): string {
    for (let source = this.#source(); source !== null && !this.#isEnded; source = this.#source()) this.#step(source);
    return this.#parts
      .map(({ text, isCode }) =>
        isCode
          ? text
          : text
              .replaceAll(/[ \t]+/g, ' ')
              .replaceAll(/ ?\n ?/g, '\n')
              .replaceAll(' , ', ', '),
      )
      .join('')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trim();
  }

  /** @returns null at the end */
  #source(): Source | null {
    while (this.#sources.length > 1 && this.#top().at >= this.#top().text.length) this.#sources.pop();
    return this.#top().at < this.#top().text.length ? this.#top() : null;
  }

  #top(): Source {
    return this.#sources.at(-1) as Source;
  }

  #write(text: string): void {
    this.#tail = (this.#tail + text).slice(-tailLength);
    const last = this.#parts.at(-1);
    if (last?.isCode === false) last.text += text;
    else this.#parts.push({ text, isCode: false });
  }

  /** Ends a line that has begun. */
  #endLine(): void {
    if (!/\n[ \t]*$/.test(this.#tail)) this.#write('\n');
  }

  #step(source: Source): void {
    const plain = match(source, /[^\\{}$%&~`'-]+/y);
    if (plain !== null) this.#write(plain[0]);
    else if (match(source, /%[^\n]*(\n[ \t]*(?!\n))?/y) !== null) return;
    else if (source.text[source.at] === '\\') this.#command(source);
    else if (source.text[source.at] === '$') this.#dollars(source);
    else this.#write(signs[match(source, /---|--|``|''|[^]/y)?.[0] ?? ''] ?? source.text[source.at - 1] ?? '');
  }

  #dollars(source: Source): void {
    const mark = source.text.startsWith('$$', source.at) ? '$$' : '$';
    this.#formula(source, mark, mark);
  }

  /** A formula stays as it is; without its end, its beginning is a sign. */
  #formula(source: Source, start: string, end: string): void {
    const content = this.#until(source, start, end);
    if (content === null) this.#write(start.startsWith('$') ? start : '');
    else this.#write(`${start}${content.replaceAll(/\\label\{[^{}]{0,300}\}/g, '').trim()}${end}`);
  }

  /** Reads what stands between two marks. @returns null if there is no end, and goes on behind the first mark */
  #until(source: Source, start: string, end: string): string | null {
    const from = source.at + start.length;
    const to = source.missing.has(end) ? -1 : source.text.indexOf(end, from);
    // What is missing behind one position is missing behind all that follow.
    if (to < 0) source.missing.add(end);
    source.at = to < 0 ? from : to + end.length;
    return to < 0 ? null : source.text.slice(from, to);
  }

  #command(source: Source): void {
    const name = match(source, /\\(?:([A-Za-z@]+)(\*?)|[^])/y);
    if (name === null) source.at++;
    else if (name[1] === undefined) this.#sign(source, name[0].slice(1));
    else this.#word(source, name[1]);
  }

  #sign(source: Source, sign: string): void {
    const accent = accents[sign];
    if (sign === '(' || sign === '[') {
      source.at -= 2;
      this.#formula(source, `\\${sign}`, sign === '(' ? '\\)' : '\\]');
    } else if (accent !== undefined) this.#accent(source, accent);
    else if (sign === '\\') {
      match(source, /\*?(?:\s{0,9}\[[^\][\n]{0,30}\])?[ \t]*\n?/y);
      this.#endLine();
    } else if (/[,;:!> \n\t]/.test(sign)) this.#write(sign === '!' ? '' : ' ');
    else if (!/[-/@()[\]]/.test(sign)) this.#write(sign);
  }

  #accent(source: Source, accent: string): void {
    match(source, /\s+/y);
    const letter = match(source, /\\([ij])(?![A-Za-z])/y)?.[1] ?? this.#read(this.#argument(source));
    this.#write(`${letter.slice(0, 1)}${letter === '' ? '' : accent}`.normalize('NFC') + letter.slice(1));
  }

  #word(source: Source, name: string): void {
    if (name === 'begin') return this.#begin(source, this.#argument(source).trim());
    if (name === 'end') return this.#end(this.#argument(source).trim());
    if (name === 'verb' || name === 'lstinline') return this.#verb(source);
    if (name === 'iffalse') return void this.#until(source, '', '\\fi');
    if (/^(newcommand|renewcommand|providecommand|DeclareRobustCommand|def|edef|gdef)$/.test(name))
      return this.#define(source);
    const isHeading = Object.hasOwn(headings, name);
    // The blank behind a word only ends its name.
    match(source, /[ \t]+/y);
    const accent = /^[uvHckrdb]$/.test(name) ? accents[name] : undefined;
    if (accent !== undefined) this.#accent(source, accent);
    else if (isHeading) this.#heading(source, headings[name] ?? '');
    else if (this.#state.macros.has(name)) this.#expand(source, name);
    else if (Object.hasOwn(symbols, name)) this.#symbol(source, symbols[name] ?? '');
    else this.#known(source, name);
  }

  #symbol(source: Source, symbol: string): void {
    match(source, /\{\}/y);
    if (symbol !== '\n') return this.#write(symbol);
    match(source, /[ \t]*\n?/y);
    this.#endLine();
  }

  #heading(source: Source, level: string): void {
    this.#optional(source);
    const words = this.#read(this.#argument(source)).replaceAll(/\s+/g, ' ').trim();
    if (words !== '') this.#write(`\n\n${level}${words}\n\n`);
  }

  #known(source: Source, name: string): void {
    const option = name === 'item' ? '' : this.#optional(source);
    if (name === 'item') this.#item(source);
    else if (name === 'title') this.#title(source);
    else if (/^(?:[Cc]ite|parencite|textcite|footcite|autocite)[a-z]*\*?$/.test(name)) this.#cite(source, option);
    else if (/^(footnote|footnotetext|thanks|marginpar|sidenote|todo)$/.test(name)) {
      const note = this.#read(this.#argument(source)).trim();
      if (note !== '') this.#write(` (${note})`);
    } else if (name === 'href') {
      const address = this.#argument(source);
      this.#write(`[${this.#read(this.#argument(source)).trim()}](${address.replaceAll('\\', '')})`);
    } else if (/^(url|path|nolinkurl)$/.test(name))
      this.#write(this.#argument(source).replaceAll(/\\([%#_&~])/g, '$1'));
    else if (name === 'caption') this.#write(`\n\n${this.#read(this.#argument(source)).trim()}\n\n`);
    else if (name === 'bibitem') this.#write(`\n\n[${this.#argument(source)}] `);
    else if (name === 'par') this.#write('\n\n');
    else this.#skip(source, name);
  }

  #skip(source: Source, name: string): void {
    const count = Object.hasOwn(wordsToSkip, name) ? (wordsToSkip[name] ?? 0) : 0;
    for (let i = 0; i < count; i++) {
      this.#argument(source);
      this.#optional(source);
    }
    const before = this.#tail.slice(-1);
    const isApart = inWords.test(name) ? /[A-Za-z\d]/ : /[A-Za-z\d{]/;
    if (count === 0 && /[\p{L}\d]/u.test(before) && isApart.test(source.text[source.at] ?? '')) this.#write(' ');
  }

  #title(source: Source): void {
    const words = this.#read(this.#argument(source)).trim();
    this.#state.title ||= words;
    this.#write(`\n\n${words}\n\n`);
  }

  #cite(source: Source, option: string): void {
    const second = this.#optional(source);
    const where = this.#read([option, second].filter((part) => part !== '').join(', '));
    const keys = this.#argument(source);
    this.#write(`[${[keys, where].filter((part) => part !== '').join(', ')}]`);
  }

  #item(source: Source): void {
    const label = this.#read(this.#optional(source)).trim();
    match(source, /[ \t]*\n?[ \t]*/y);
    const number = this.#lists.at(-1) ?? null;
    if (number !== null && label === '') this.#lists[this.#lists.length - 1] = number + 1;
    this.#endLine();
    this.#write(`${number === null ? '-' : label === '' ? `${number}.` : '-'} ${label === '' ? '' : `${label} `}`);
  }

  #verb(source: Source): void {
    this.#optional(source);
    const code = match(source, /\{([^{}\n]{0,1000})\}|([^\s\w])((?:(?!\2)[^\n]){0,1000})\2/y);
    this.#write(code?.[1] ?? code?.[3] ?? '');
  }

  #begin(source: Source, name: string): void {
    if (name === 'document') return this.#beginDocument();
    if (name === 'comment') return void this.#until(source, '', '\\end{comment}');
    if (verbatim.test(name)) return this.#code(source, name);
    if (formula.test(name)) return this.#displayed(source, name);
    if (picture.test(name)) return this.#picture(source, name);
    const option = this.#optional(source);
    if (columns.test(name)) for (let i = /x|y|\*/.test(name.slice(7)) ? 2 : 1; i > 0; i--) this.#argument(source);
    else if (measured.test(name)) this.#argument(source);
    this.#write('\n\n');
    if (Object.hasOwn(lists, name)) this.#lists.push(lists[name] ?? null);
    else if (theorems.test(name)) {
      const title = this.#read(option);
      this.#write(
        `${name.slice(0, 1).toUpperCase()}${name.slice(1).replace('*', '')}${title === '' ? '' : ` (${title})`}. `,
      );
    } else if (name === 'frame' && source.text[source.at] === '{') this.#heading(source, '### ');
  }

  /** What stands before the document are settings, except for its title. */
  #beginDocument(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const before = this.#parts.map(({ text }) => text).join('');
    this.#parts.length = 0;
    if (this.#state.title !== '' && before.includes(this.#state.title))
      this.#write(before.slice(before.indexOf(this.#state.title)));
    this.#write('\n\n');
  }

  #end(name: string): void {
    if (name === 'document') this.#isEnded = true;
    if (Object.hasOwn(lists, name)) this.#lists.pop();
    this.#write('\n\n');
  }

  #code(source: Source, name: string): void {
    this.#optional(source);
    if (/^(minted|filecontents)/.test(name)) this.#argument(source);
    const code = this.#until(source, '', `\\end{${name}}`);
    if (code !== null)
      this.#parts.push({ text: `\n\n\`\`\`\n${code.replaceAll(/^\n+|\s+$/g, '')}\n\`\`\`\n\n`, isCode: true });
  }

  #displayed(source: Source, name: string): void {
    const content = this.#until(source, '', `\\end{${name}}`);
    if (content !== null) this.#write(`\n\n$$${content.replaceAll(/\\label\{[^{}]{0,300}\}/g, '').trim()}$$\n\n`);
  }

  /** Of a drawing, only the labels are words. */
  #picture(source: Source, name: string): void {
    const drawing = this.#until(source, '', `\\end{${name}}`) ?? '';
    const labels = [...drawing.matchAll(/\b(?:node|put)\b[^{};]{0,200}\{([^{}]{1,300})\}/g)].map(([, label = '']) =>
      this.#read(label),
    );
    this.#write(`\n\n${labels.join(', ')}\n\n`);
  }

  #define(source: Source): void {
    match(source, /\s*\{?\s*/y);
    const name = match(source, /\\([A-Za-z@]+|[^])/y)?.[1];
    match(source, /\s*\}?/y);
    const declared = match(source, /\s*\[(\d)\]/y)?.[1];
    const parameters = Number(declared ?? (match(source, /(?:#\d){1,9}/y)?.[0].length ?? 0) / 2);
    const preset = match(source, /\s*\[([^\][\n]{0,300})\]/y)?.[1] ?? null;
    const body = this.#argument(source);
    if (name !== undefined) this.#state.macros.set(name, { parameters, preset, body });
  }

  #expand(source: Source, name: string): void {
    const { parameters, preset, body } = this.#state.macros.get(name) as Macro;
    match(source, /\{\}/y);
    const values: string[] = preset === null || parameters === 0 ? [] : [this.#optional(source) || preset];
    while (values.length < parameters) values.push(this.#argument(source));
    const valueOf = (_all: string, number: string): string => values[Number(number) - 1] ?? '';
    // Long values in many places would not fit in memory.
    let length = body.length + 1;
    for (const [all, number = ''] of body.matchAll(parameter)) length += valueOf(all, number).length;
    this.#state.expanded += length;
    if (this.#state.expanded > maxExpanded || this.#sources.length > maxExpansions) return;
    this.#sources.push(sourceOf(body.replaceAll(parameter, valueOf)));
  }

  /** Reads an argument in braces, or the next character. @returns '' if there is none */
  #argument(source: Source): string {
    match(source, /[ \t]*\n?[ \t]*(?=[{\\A-Za-z0-9])/y);
    if (source.text[source.at] !== '{') return match(source, /\\[A-Za-z]+|\\[^]|[\p{L}\d]/uy)?.[0] ?? '';
    const end = source.closing.get(source.at);
    if (end === undefined) return '';
    const content = source.text.slice(source.at + 1, end);
    source.at = end + 1;
    return content;
  }

  #optional(source: Source): string {
    return match(source, /[ \t]*\[((?:[^\][\n]|\n(?!\n)){0,500})\]/y)?.[1] ?? '';
  }

  /** Returns the text of an argument. */
  #read(text: string): string {
    if (text === '' || this.#state.depth >= maxDepth) return text.replaceAll(/\\[A-Za-z]+|[{}\\]/g, '');
    this.#state.depth++;
    const words = new Scanner(text, this.#state).read();
    this.#state.depth--;
    return words;
  }
}

const signs: Readonly<Record<string, string>> = {
  '{': '',
  '}': '',
  '~': ' ',
  '&': ' | ',
  '---': '—',
  '--': '–',
  '``': '“',
  "''": '”',
};

/** Matches at the place that is read, and goes on behind it. @param pattern a sticky one */
function match(source: Source, pattern: RegExp): RegExpExecArray | null {
  pattern.lastIndex = source.at;
  const found = pattern.exec(source.text);
  if (found !== null) source.at += found[0].length;
  return found;
}

/** A percent sign in a word is one of an address. */
function sourceOf(text: string): Source {
  const closing = new Map<number, number>();
  const open: number[] = [];
  for (const { index, 0: sign } of text.matchAll(/\\[^]|(?<=^|\s)%[^\n]*|[{}]/g)) {
    if (sign === '{') open.push(index);
    else if (sign === '}' && open.length > 0) closing.set(open.pop() ?? 0, index);
  }
  return { text, closing, missing: new Set(), at: 0 };
}
