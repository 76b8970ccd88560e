/** The contents of one person's Gmail: messages, labels, and the history of their changes (docs/vendors/gmail.md). */

import { createHash } from 'node:crypto';
import { random, generateText } from '../kit/words.ts';
import { composeMail, type MailHeader, type MimePart, type NewMail, toParts } from './mime.ts';

export interface SimMessage {
  readonly id: string;
  readonly threadId: string;
  readonly labels: Set<string>;
  readonly internalMs: number;
  readonly headers: readonly MailHeader[];
  readonly root: MimePart;
  historyId: bigint;
  raw?: Buffer;
}

export type HistoryKind = 'messagesAdded' | 'messagesDeleted' | 'labelsAdded' | 'labelsRemoved';

export interface HistoryRecord {
  readonly id: bigint;
  readonly kind: HistoryKind;
  readonly messageId: string;
  readonly threadId: string;
  /** The labels that were added or removed. */
  readonly changed: readonly string[];
  /** The message's labels after the change. */
  readonly labels: readonly string[];
}

export interface MailOptions {
  /** Label ids; INBOX and UNREAD by default. */
  readonly labels?: readonly string[];
  /** A message of the same thread. */
  readonly replyTo?: string;
  readonly sentMs?: number;
}

const systemLabels = [
  'INBOX',
  'SENT',
  'DRAFT',
  'SPAM',
  'TRASH',
  'CHAT',
  'UNREAD',
  'STARRED',
  'IMPORTANT',
  'CATEGORY_PERSONAL',
  'CATEGORY_PROMOTIONS',
  'CATEGORY_SOCIAL',
  'CATEGORY_UPDATES',
  'CATEGORY_FORUMS',
];
const outOfSight = ['DRAFT', 'SPAM', 'TRASH', 'CHAT'];

/** One mailbox and the operations on it. Every operation appears in the history as in Gmail's. */
export class Mailbox {
  readonly messages = new Map<string, SimMessage>();
  /** Maps ids to names. */
  readonly labels = new Map<string, string>(systemLabels.map((id) => [id, id]));
  readonly history: HistoryRecord[] = [];
  /** Larger than a JavaScript number, which exposes clients that treat ids as numbers. */
  historyId = 9_007_199_254_740_993_000n;
  /** History before this id is no longer available. */
  floor = 0n;
  /** Attachment ids of an earlier age are refused. */
  attachmentAge = 0;
  /** False for a Google account without Gmail. */
  enabled = true;
  readonly email: string;
  readonly #now: () => number;
  #ids = 0;
  #labelIds = 0;

  constructor(email: string, now: () => number) {
    this.email = email;
    this.#now = now;
  }

  /** @returns the message's id */
  add(mail: NewMail, options: MailOptions = {}): string {
    this.#ids++;
    const id = createHash('sha256').update(`${this.email} ${this.#ids}`).digest('hex').slice(0, 16);
    const parent = options.replyTo === undefined ? undefined : this.#message(options.replyTo);
    const internalMs = options.sentMs ?? this.#now();
    this.messages.set(id, {
      id,
      threadId: parent?.threadId ?? id,
      labels: new Set(options.labels ?? ['INBOX', 'UNREAD']),
      internalMs,
      headers: this.#headers(mail, id, internalMs, parent),
      root: toParts(mail),
      historyId: this.historyId,
    });
    this.#note('messagesAdded', id);
    return id;
  }

  addLabel(name: string): string {
    this.#labelIds++;
    const id = `Label_${this.#labelIds}`;
    this.labels.set(id, name);
    return id;
  }

  /** Removes the label from every message that has it. */
  deleteLabel(labelId: string): void {
    for (const message of this.messages.values())
      if (message.labels.has(labelId)) this.relabel(message.id, { remove: [labelId] });
    this.labels.delete(labelId);
  }

  /** The history does not report a new name. */
  renameLabel(labelId: string, name: string): void {
    this.labels.set(labelId, name);
  }

  relabel(id: string, change: { readonly add?: readonly string[]; readonly remove?: readonly string[] }): void {
    const { labels } = this.#message(id);
    const added = (change.add ?? []).filter((label) => !labels.has(label));
    const removed = (change.remove ?? []).filter((label) => labels.has(label));
    for (const label of added) labels.add(label);
    if (added.length > 0) this.#note('labelsAdded', id, added);
    for (const label of removed) labels.delete(label);
    if (removed.length > 0) this.#note('labelsRemoved', id, removed);
  }

  markRead(id: string): void {
    this.relabel(id, { remove: ['UNREAD'] });
  }

  /** The trash is a label; nothing is deleted. */
  trash(id: string): void {
    this.relabel(id, { add: ['TRASH'], remove: ['INBOX'] });
  }

  untrash(id: string): void {
    this.relabel(id, { remove: ['TRASH'] });
  }

  /** Deletes permanently. */
  delete(id: string): void {
    this.#note('messagesDeleted', id);
    this.messages.delete(id);
  }

  /** An edited draft is another message. @returns its id */
  editDraft(id: string, mail: NewMail): string {
    this.delete(id);
    return this.add(mail, { labels: ['DRAFT'] });
  }

  /** Makes the history up to now unavailable. */
  expireHistory(): void {
    this.historyId += 100n;
    this.floor = this.historyId;
  }

  /** Forgets the history up to now, as for a mailbox in which nothing happens for weeks: even its current position. */
  forgetHistory(): void {
    this.floor = this.historyId + 1n;
  }

  /** Generates a deterministic mailbox: `count` messages of 0.5 to 6 KB, every tenth a reply. */
  generate(count: number, seed = 1): void {
    const next = random(seed);
    let last: string | undefined;
    for (let i = 0; i < count; i++) {
      const text = generateText(seed * 1_000_003 + i, 500 + Math.floor(next() ** 2 * 5500));
      const reply = i % 10 === 9 && last !== undefined ? { replyTo: last } : {};
      last = this.add({ from: `Writer ${i % 7} <w${i % 7}@example.com>`, subject: `mail ${i}`, text }, reply);
    }
  }

  /** What a perfect sync contains by default: no drafts, chats, spam or trash. */
  truth(): { readonly id: string; readonly subject: string; readonly labels: readonly string[] }[] {
    return [...this.messages.values()]
      .filter((message) => !outOfSight.some((label) => message.labels.has(label)))
      .map((message) => ({
        id: message.id,
        subject: headerOf(message, 'Subject') ?? '',
        labels: [...message.labels].toSorted(),
      }));
  }

  rawOf(message: SimMessage): Buffer {
    message.raw ??= composeMail(message.headers, message.root);
    return message.raw;
  }

  #headers(mail: NewMail, id: string, sentMs: number, parent: SimMessage | undefined): MailHeader[] {
    const before = parent === undefined ? undefined : headerOf(parent, 'Message-ID');
    const header = (name: string, value: string | undefined) => (value === undefined ? [] : [{ name, value }]);
    return [
      ...header('From', mail.from ?? 'Bo <bo@example.com>'),
      ...header('To', mail.to ?? this.email),
      ...header('Cc', mail.cc),
      ...header('Subject', mail.subject),
      ...header('Date', new Date(sentMs).toUTCString().replace('GMT', '+0000')),
      ...header('Message-ID', `<${id}@mail.example.com>`),
      ...header('In-Reply-To', before),
      ...(mail.headers ?? []),
    ];
  }

  #message(id: string): SimMessage {
    const message = this.messages.get(id);
    if (message === undefined) throw new Error(`no message ${id}`);
    return message;
  }

  /** Ids increase, with gaps. */
  #note(kind: HistoryKind, messageId: string, changed: readonly string[] = []): void {
    const message = this.#message(messageId);
    this.historyId += BigInt(1 + (this.history.length % 13));
    message.historyId = this.historyId;
    this.history.push({
      id: this.historyId,
      kind,
      messageId,
      threadId: message.threadId,
      changed,
      labels: [...message.labels],
    });
  }
}

/** Header names are case-insensitive. */
export function headerOf(message: SimMessage, name: string): string | undefined {
  return message.headers.find((header) => header.name.toLowerCase() === name.toLowerCase())?.value;
}
