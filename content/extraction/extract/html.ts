import { parseHTML } from 'linkedom';
import TurndownService from 'turndown';
import type { ExtractedText } from './extracted-text.ts';

/** What frames a page and is not what it says. */
const furniture = 'script, style, noscript, template, nav, iframe, svg, form button';

/** Markdown keeps the structure that chunking goes by: headings, lists, tables as lines. */
export function extractHtml(html: string): ExtractedText {
  const { document } = parseHTML(html.includes('<body') ? html : `<html><body>${html}</body></html>`);
  const title = document.querySelector('title')?.textContent?.trim();
  for (const element of document.querySelectorAll(furniture)) element.remove();
  const text = toMarkdown(document.body?.innerHTML ?? '');
  return { text, ...(title ? { title } : {}) };
}

/** HTML fragments (of a page, of a converted DOCX, of a mail) as Markdown. */
export function toMarkdown(html: string): string {
  const turndown = new TurndownService({ headingStyle: 'atx', codeBlockStyle: 'fenced', bulletListMarker: '-' });
  turndown.addRule('row', {
    filter: 'tr',
    replacement: (_content, node) =>
      `${[...node.childNodes].flatMap((cell) => cell.textContent?.trim() || []).join(' | ')}\n`,
  });
  turndown.addRule('picture', {
    filter: 'img',
    replacement: (_content, node) => (node as { readonly alt?: string }).alt ?? '',
  });
  return turndown.turndown(html);
}
