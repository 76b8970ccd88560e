/**
 * Parses the part of Gmail's search language that a listing may use (docs/vendors/gmail.md#full-listing), and some more,
 * into a predicate. Anything unknown is a word to search for.
 */

import { headerOf, type Mailbox, type SimMessage } from './mailbox.ts';
import type { MimePart } from './mime.ts';

export type MailPredicate = (message: SimMessage) => boolean;

export function parseMailQuery(q: string, mailbox: Mailbox, now: number): MailPredicate {
  const tokens = q.match(/-?[({]|[)}]|-?[\w]+:"[^"]*"|-?"[^"]*"|[^\s(){}]+/g) ?? [];
  return parseOr(tokens, { mailbox, now });
}

interface SimulatedCall {
  readonly mailbox: Mailbox;
  readonly now: number;
}

function parseOr(tokens: string[], asked: SimulatedCall): MailPredicate {
  const choices = [parseAll(tokens, asked)];
  while (tokens[0] === 'OR') {
    tokens.shift();
    choices.push(parseAll(tokens, asked));
  }
  return (message) => choices.some((choice) => choice(message));
}

/** Adjacent terms must all match, up to `OR` or the end of the group. */
function parseAll(tokens: string[], asked: SimulatedCall): MailPredicate {
  const terms: MailPredicate[] = [];
  while (tokens[0] !== undefined && !['OR', ')', '}'].includes(tokens[0])) terms.push(parseTerm(tokens, asked));
  return (message) => terms.every((term) => term(message));
}

function parseTerm(tokens: string[], asked: SimulatedCall): MailPredicate {
  const token = tokens.shift() ?? '';
  if (token.startsWith('-') && token.length > 1) {
    tokens.unshift(token.slice(1));
    const inner = parseTerm(tokens, asked);
    return (message) => !inner(message);
  }
  if (token === '(') {
    const inner = parseOr(tokens, asked);
    tokens.shift();
    return inner;
  }
  if (token === '{') {
    const choices: MailPredicate[] = [];
    while (tokens[0] !== undefined && tokens[0] !== '}') choices.push(parseTerm(tokens, asked));
    tokens.shift();
    return (message) => choices.some((choice) => choice(message));
  }
  const operator = /^(\w+):(.+)$/.exec(token);
  const known = operator === null ? null : operate(operator[1] ?? '', unquote(operator[2] ?? ''), asked);
  return known ?? ((message) => allText(message).includes(unquote(token).toLowerCase()));
}

function operate(name: string, value: string, { mailbox, now }: SimulatedCall): MailPredicate | null {
  const wanted = value.toLowerCase();
  switch (name) {
    case 'in':
      return wanted === 'anywhere' ? () => true : hasLabel(folder(wanted));
    case 'is':
      return wanted === 'read' ? (message) => !message.labels.has('UNREAD') : hasLabel(wanted.toUpperCase());
    case 'category':
      return hasLabel(`CATEGORY_${wanted.toUpperCase()}`);
    case 'label': {
      const dashed = (text: string): string => text.toLowerCase().replace(/[ /]/g, '-');
      const id = [...mailbox.labels].find(([, label]) => dashed(label) === dashed(wanted))?.[0];
      return (message) => id !== undefined && message.labels.has(id);
    }
    case 'from':
    case 'to':
    case 'cc':
    case 'subject':
      return (message) => (headerOf(message, name) ?? '').toLowerCase().includes(wanted);
    case 'has':
      return wanted === 'attachment' ? (message) => hasAttachment(message.root) : null;
    case 'rfc822msgid':
      return (message) => (headerOf(message, 'Message-ID') ?? '').replace(/[<>]/g, '') === value.replace(/[<>]/g, '');
    case 'larger':
    case 'smaller':
      return (message) => mailbox.rawOf(message).length > toBytes(wanted) === (name === 'larger');
    case 'after':
      return (message) => message.internalMs >= toMs(value);
    case 'before':
      return (message) => message.internalMs < toMs(value);
    case 'newer_than':
    case 'older_than':
      return (message) => message.internalMs > now - toDuration(wanted) === (name === 'newer_than');
    default:
      return null;
  }
}

const hasLabel =
  (id: string): MailPredicate =>
  (message) =>
    message.labels.has(id);

function folder(name: string): string {
  return name.toUpperCase().replace(/^(DRAFT|CHAT)S$/, '$1');
}

function hasAttachment(part: MimePart): boolean {
  return part.disposition === 'attachment' || (part.parts ?? []).some(hasAttachment);
}

function allText(message: SimMessage): string {
  const ofPart = (part: MimePart): string =>
    part.mimeType.startsWith('text/') ? (part.content ?? '').toString() : (part.parts ?? []).map(ofPart).join(' ');
  return `${message.headers.map((header) => header.value).join(' ')} ${ofPart(message.root)}`.toLowerCase();
}

function toBytes(text: string): number {
  return Number.parseFloat(text) * (text.endsWith('m') ? 1_048_576 : text.endsWith('k') ? 1024 : 1);
}

/** Seconds since 1970, or a calendar day. */
function toMs(text: string): number {
  return /^\d{6,}$/.test(text) ? Number(text) * 1000 : Date.parse(text.replaceAll('/', '-'));
}

function toDuration(text: string): number {
  const days = { d: 1, m: 30, y: 365 }[text.at(-1) ?? 'd'] ?? 1;
  return Number.parseInt(text, 10) * days * 86_400_000;
}

function unquote(text: string): string {
  return text.replaceAll('"', '');
}
