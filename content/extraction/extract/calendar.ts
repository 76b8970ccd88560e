import type { ExtractedText } from './extracted-text.ts';

/** The properties of an event that people look for (RFC 5545). */
const labels: Readonly<Record<string, string>> = {
  DTSTART: 'Begins',
  DTEND: 'Ends',
  DUE: 'Due',
  LOCATION: 'Where',
  ORGANIZER: 'Organizer',
  ATTENDEE: 'With',
  RRULE: 'Repeats',
  STATUS: 'Status',
  CATEGORIES: 'Categories',
  CONTACT: 'Contact',
  DESCRIPTION: 'Description',
  COMMENT: 'Comment',
  URL: 'Link',
};

/** Lists events, tasks and journal entries below their summaries. */
export function extractCalendar(text: string): ExtractedText {
  const lines = text.replace(/\r?\n[ \t]/g, '').split(/\r\n?|\n/);
  const parts: string[][] = [];
  let kind = '';
  for (const line of lines) {
    const colon = colonOf(line);
    const [name = '', ...parameters] = line.slice(0, colon).split(';');
    const value = unescaped(line.slice(colon + 1));
    const property = name.toUpperCase();
    if (property === 'BEGIN') kind = value.toUpperCase();
    if (property === 'END' && /^VALARM$/i.test(value)) kind = 'VEVENT';
    if (property === 'BEGIN' && /^V(EVENT|TODO|JOURNAL)$/.test(kind)) parts.push([]);
    if (colon < 0 || !/^V(EVENT|TODO|JOURNAL)$/.test(kind)) continue;
    const part = parts.at(-1);
    if (property === 'SUMMARY') part?.unshift(`## ${value}`);
    const label = labels[property];
    if (label !== undefined && value !== '') part?.push(`${label}: ${shown(property, value, parameters)}`);
  }
  const [first] = parts;
  const title = first?.[0]?.startsWith('## ') === true ? first[0].slice(3) : undefined;
  return { text: parts.map((part) => part.join('\n')).join('\n\n'), ...(title === undefined ? {} : { title }) };
}

/** A colon in quotation marks belongs to a parameter. */
function colonOf(line: string): number {
  let isQuoted = false;
  for (let i = 0; i < line.length; i++) {
    if (line[i] === '"') isQuoted = !isQuoted;
    if (line[i] === ':' && !isQuoted) return i;
  }
  return -1;
}

function unescaped(value: string): string {
  return value.replace(/\\([nN,;\\])/g, (_all, character: string) => (/n/i.test(character) ? '\n' : character)).trim();
}

function shown(property: string, value: string, parameters: readonly string[]): string {
  const time = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?$/.exec(value);
  if (time !== null) {
    const [, year, month, day, hour, minute, zulu] = time;
    return `${year}-${month}-${day}${hour === undefined ? '' : ` ${hour}:${minute}${zulu === 'Z' ? ' UTC' : ''}`}`;
  }
  if (property !== 'ORGANIZER' && property !== 'ATTENDEE') return value;
  const name = parameters
    .find((parameter) => /^CN=/i.test(parameter))
    ?.slice(3)
    .replaceAll('"', '');
  const address = value.replace(/^mailto:/i, '');
  return name === undefined || name === address ? address : `${name} <${address}>`;
}
