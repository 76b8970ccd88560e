/**
 * Reads articles and manuals in XML: DocBook, JATS, TEI and DITA. Their elements are those of a text, so that their names
 * say nothing to a reader, and titles of their sections are headings.
 */

import type { ExtractedText } from './extracted-text.ts';
import { entitiesIn } from './html.ts';
import { walkXml } from './xml.ts';

const roots = /^(set|book|part|article|chapter|appendix|preface|section|TEI(\.2)?|dita|topic|concept|task|reference)$/;
/** What stands near the beginning of such a document, and hardly in data whose root has the same name. */
const signs =
  /docbook|\bJATS\b|\bNLM\b|tei-c\.org|\bDITA\b|ditaarch|<(para|title-group|article-meta|teiHeader|articleinfo|bookinfo|chapterinfo|shortdesc|conbody|taskbody|refbody)[\s>]/;
const sections =
  /^(set|book|part|article|chapter|appendix|preface|glossary|bibliography|section|simplesect|sect[1-5]|refsect[1-3]|sec|app|abstract|ack|ref-list|TEI(\.2)?|div[1-7]?|topic|concept|task|reference)$/;
/** Elements between a section and its title. */
const aboutSections = /^(.*info|title-group|fileDesc|titleStmt|front|article-meta|teiHeader)$/;
const titles = /^(title|article-title|head)$/;
/** What has a title within its line. */
const cited = /^(bibl.*|monogr|analytic|.*citation|p|para|product|related-.*)$/;
/** Elements that are paragraphs, or parts of lists. */
const blocks =
  /^(.*para|p|ab|l|lg|.*list|listitem|li|sli|item|list-item|def-item|dlentry|dt|dd|def|varlistentry|step|cmd|info|row|tr|strow|table.*|caption|label|fig.*|blockquote|disp-quote|note|tip|warning|caution|important|shortdesc|body|.*entry)$/;
const items = /^(listitem|li|sli|item|list-item|step)$/;
const rows = /^(row|tr|strow|sthead)$/;
const cells = /^(entry|td|th|cell|stentry)$/;
/** Elements within words and sentences; any other one stands apart from what is beside it. */
const inline =
  /^(emphasis|italic|bold|b|i|u|em|sub|sup|subscript|superscript|sc|hi|ulink|link|xref|ext-link|uri|ref|ptr|ph|tt|monospace|underline|strike|overline|styled-content|named-content|literal|code|command|filename|option|varname|function|parameter|replaceable|userinput|computeroutput|citetitle|quote|q|foreign|phrase|firstterm|glossterm|term|abbrev|acronym|keyword|apiname|codeph|cmdname|filepath|uicontrol|wintitle|choice|orig|reg)$/;
const code = /^(programlisting|screen|literallayout|synopsis|preformat|codeblock|pre|eg|egXML|msgblock)$/;
const maxLevel = 6;

/** @param start of the document, as text */
export function isArticle(root: string, start: string): boolean {
  return roots.test(root) && signs.test(start);
}

/** @returns null if it is not well-formed */
export function extractArticle(bytes: Uint8Array): ExtractedText | null {
  const reader = new ArticleReader();
  walkXml(bytes, reader);
  return reader.isBroken ? null : reader.end();
}

class ArticleReader {
  readonly #open: string[] = [];
  readonly #blocks: string[] = [];
  #text = '';
  #sections = 0;
  /** Number of open elements whose line ends are kept, and of open rows of tables, which stay one line. */
  #code = 0;
  #rows = 0;
  #isItem = false;
  #isAfterRow = false;
  #title: string | null = null;
  isBroken = false;

  readonly open = (name: string): void => {
    if (this.#code === 0) this.#startOf(name);
    this.#open.push(name);
    if (sections.test(name)) this.#sections++;
    if (rows.test(name)) this.#rows++;
    if (code.test(name)) this.#code++;
  };

  readonly text = (text: string): void => {
    this.#text += text;
  };

  readonly close = (name: string): void => {
    this.#open.pop();
    if (rows.test(name)) this.#rows--;
    if (code.test(name)) {
      this.#code--;
      if (this.#code === 0) this.#endCode();
    } else if (this.#code === 0) this.#endOf(name);
    if (sections.test(name)) this.#sections--;
  };

  readonly broken = (): void => {
    this.isBroken = true;
  };

  end(): ExtractedText {
    this.#endBlock();
    return { text: this.#blocks.join('\n\n'), ...(this.#title === null ? {} : { title: this.#title }) };
  }

  #startOf(name: string): void {
    if (this.#rows > 0) {
      if (!inline.test(name)) this.#text += cells.test(name) && this.#text.trim() !== '' ? ' | ' : ' ';
    } else if (this.#isBlock(name) || code.test(name)) this.#endBlock();
    else if (!inline.test(name)) this.#text += ' ';
    if (items.test(name)) this.#isItem = true;
  }

  #endOf(name: string): void {
    if (this.#rows === 0 && titles.test(name) && sections.test(this.#parent())) this.#endHeading();
    else if (this.#rows === 0 && this.#isBlock(name)) this.#endBlock(rows.test(name));
    else if (!inline.test(name)) this.#text += ' ';
  }

  #isBlock(name: string): boolean {
    if (titles.test(name)) return !cited.test(this.#open.at(-1) ?? '');
    return blocks.test(name) || sections.test(name) || aboutSections.test(name);
  }

  /** The innermost open element that is more than a wrapper of a title. */
  #parent(): string {
    return this.#open.findLast((name) => !aboutSections.test(name)) ?? '';
  }

  /** Rows of a table are one block. */
  #endBlock(isRow = false): void {
    const text = this.#take().replaceAll(/\s+/g, ' ').trim();
    if (text === '') return;
    const isNext = isRow && this.#isAfterRow;
    if (isNext) this.#blocks.push(`${this.#blocks.pop() ?? ''}\n${text}`);
    else this.#blocks.push(this.#isItem ? `- ${text}` : text);
    this.#isItem = false;
    this.#isAfterRow = isRow;
  }

  #endHeading(): void {
    const text = this.#take().replaceAll(/\s+/g, ' ').trim();
    if (text === '') return;
    this.#title ??= text;
    this.#isAfterRow = false;
    this.#blocks.push(`${'#'.repeat(Math.min(Math.max(this.#sections, 1), maxLevel))} ${text}`);
  }

  #endCode(): void {
    const text = this.#take()
      .replace(/^\s*\n/, '')
      .trimEnd();
    this.#isAfterRow = false;
    if (text.trim() !== '') this.#blocks.push(`\`\`\`\n${text}\n\`\`\``);
  }

  #take(): string {
    const text = entitiesIn(this.#text);
    this.#text = '';
    return text;
  }
}
