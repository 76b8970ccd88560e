/**
 * Cleans characters and removes boilerplate. Every expression here runs in linear time: no two of its repeats can match
 * the same character.
 */

import type { ConfigOf } from './configs.ts';
import { trimText } from './trim-text.ts';

/** Zero-width characters, direction marks and soft hyphens, which are invisible and prevent matches in searches. */
const invisible = /[\u00AD\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\uFEFF]/gu;
const spaces = /[ \t\u00A0\u2000-\u200A\u202F\u205F\u3000]{2,}|[\u00A0\u2000-\u200A\u202F\u205F]/gu;
/** Minimum number of consecutive lines with only links. */
const minLinkLines = 3;
const linkLine = /^[ \t]*(?:[-*+|>•·][ \t]*)*(?:\[[^\]\n]{0,300}\]\([^)\n]{0,2000}\)[ \t|·•/>»-]*){1,50}$/u;

export function normalize(text: string, config: ConfigOf<'normalize'>): string {
  let clean = config.compatibilityForms ? text.normalize('NFKC') : text;
  if (config.invisibleCharacters) clean = clean.replace(invisible, '');
  if (config.hyphenation) clean = clean.replace(/(\p{Ll})-\n(?=\p{Ll})/gu, '$1');
  if (config.plainQuotes) clean = clean.replace(/[“”„‟«»]/gu, '"').replace(/[‘’‚‛‹›]/gu, "'");
  // Leading spaces have a meaning: lists, code.
  if (config.spaces)
    clean = clean.replace(/^[ \t]+|[^\n]+/gmu, (part) => (part.trim() === '' ? part : part.replace(spaces, ' ')));
  return trimText(clean);
}

export function stripBoilerplate(text: string, isMail: boolean, config: ConfigOf<'strip_boilerplate'>): string {
  let own = text;
  // Attachments follow below headings of the same level.
  if (isMail) {
    if (config.mailQuotes) own = own.replace(/(^|\n)## Earlier messages\n[^]*?(?=\n## |$)/u, '$1');
    if (config.signatures) own = own.replace(/(^|\n)## Signature\n[^]*?(?=\n## |$)/u, '$1');
  }
  return trimText(config.navigation ? stripNavigation(own) : own);
}

function stripNavigation(text: string): string {
  const lines = text.split('\n');
  const kept: string[] = [];
  let run: string[] = [];
  const endRun = (): void => {
    if (run.filter((line) => line.trim() !== '').length < minLinkLines) kept.push(...run);
    run = [];
  };
  for (const line of lines) {
    if (line.length <= 5000 && linkLine.test(line)) run.push(line);
    // A form feed begins a page and must stay.
    else if (run.length > 0 && line.trim() === '' && !line.includes('\f')) run.push(line);
    else {
      endRun();
      kept.push(line);
    }
  }
  endRun();
  return kept.join('\n');
}

/** Keeps the beginning, up to the last whole word if there is one. */
export function truncate(text: string, { maxCharacters }: ConfigOf<'truncate'>): string {
  if (text.length <= maxCharacters) return text;
  const cut = text
    .slice(0, maxCharacters)
    .toWellFormed()
    .replace(/\uFFFD$/u, '');
  const lastBlank = cut.slice(-200).search(/\s\S*$/u);
  return (lastBlank === -1 ? cut : cut.slice(0, Math.max(0, cut.length - 200) + lastBlank)).trimEnd();
}
