import { decodeText } from '../decode.ts';
import type { ExtractedText } from './extracted-text.ts';

/** The properties of a contact that people look for (RFC 6350, and version 2.1). */
const labels: Readonly<Record<string, string>> = {
  NICKNAME: 'Nickname',
  ORG: 'Organization',
  TITLE: 'Title',
  ROLE: 'Role',
  TEL: 'Phone',
  EMAIL: 'Email',
  ADR: 'Address',
  URL: 'Link',
  IMPP: 'Chat',
  BDAY: 'Birthday',
  ANNIVERSARY: 'Anniversary',
  CATEGORIES: 'Categories',
  NOTE: 'Note',
};

/** Lists each contact below its name; pictures and keys are left out. */
export function extractContacts(text: string): ExtractedText {
  const cards: string[][] = [];
  for (const line of unfold(text)) {
    const [, before = '', raw = ''] = /^([^:]{1,300}):(.*)$/s.exec(line) ?? [];
    const [name = '', ...parameters] = before.split(';');
    const property = name.replace(/^[^.]*\./, '').toUpperCase();
    if (property === 'BEGIN') cards.push([]);
    const card = cards.at(-1);
    const value = valueOf(raw, parameters);
    if (card === undefined || value === '') continue;
    if (property === 'FN') card.unshift(`## ${value}`);
    // The parts of a name are only needed if there is no full name.
    if (property === 'N') card.push(value);
    const label = labels[property];
    if (label !== undefined) card.push(`${label}: ${value}`);
  }
  return { text: cards.map((card) => card.join('\n')).join('\n\n'), metadata: { contacts: cards.length } };
}

/** Joins continued lines: a blank continues any line, an equals sign only one in quoted-printable. */
function unfold(text: string): string[] {
  return text
    .replaceAll(/\r?\n[ \t]/g, '')
    .replaceAll(/^([^:\r\n]{1,200}QUOTED-PRINTABLE[^:\r\n]{0,100}:.*(?:=\r?\n.*)+)$/gim, (all: string) =>
      all.replaceAll(/=\r?\n/g, ''),
    )
    .split(/\r\n?|\n/);
}

function valueOf(raw: string, parameters: readonly string[]): string {
  const isQuoted = parameters.some((parameter) => /QUOTED-PRINTABLE/i.test(parameter));
  const charset = parameters.map((parameter) => /^CHARSET=(.+)$/i.exec(parameter)?.[1]).find(Boolean) ?? null;
  const value = isQuoted ? decodeText(unquoted(raw), charset) : raw;
  // Semicolons separate the parts of names, addresses and organizations.
  return value
    .split(/(?<!\\);/)
    .map((part) => part.replaceAll(/\\([nN,;\\])/g, (_all, one: string) => (/n/i.test(one) ? ' ' : one)).trim())
    .filter((part) => part !== '')
    .join(', ')
    .replace(/^(mailto|tel):/i, '');
}

function unquoted(raw: string): Uint8Array {
  const text = raw.replaceAll(/=([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
}
