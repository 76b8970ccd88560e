/** The contents of Slack: one organization or workspace with its people, channels, messages and files. */

export interface SimUser {
  readonly id: string;
  /** The handle. */
  readonly name: string;
  displayName: string;
  readonly isBot: boolean;
  deleted: boolean;
}

export type ChannelKind = 'public' | 'private' | 'im' | 'mpim';

export interface SimChannel {
  readonly id: string;
  name: string;
  readonly kind: ChannelKind;
  readonly teams: readonly string[];
  archived: boolean;
  readonly members: Set<string>;
  /** Oldest first. */
  messages: SimMessage[];
}

export interface SimMessage {
  readonly ts: string;
  readonly user: string;
  /** As stored by Slack: `&amp;`, `<@U1>`. */
  text: string;
  /** Set for a reply. */
  readonly threadTs?: string;
  readonly subtype?: string;
  /** The author's profile, if the author is of another organization. */
  readonly profile?: object;
  readonly attachments?: readonly object[];
  readonly blocks?: readonly object[];
  readonly files: readonly string[];
  /** Reactions do not change the text. */
  reactions: number;
  editedTs?: string;
  tombstone?: boolean;
  /** The organization has revoked the key of this message. */
  withheld?: boolean;
}

export interface SimFile {
  readonly id: string;
  readonly name: string;
  readonly mimetype: string;
  readonly bytes: Buffer;
  /** `hosted`, `external`, `hidden_by_limit`, `tombstone`, `canvas` … */
  mode: string;
  readonly access?: string;
  readonly createdS: number;
}

export interface NewMessage {
  readonly user?: string;
  /** Plain text. */
  readonly text?: string;
  /** Slack's own markup instead. */
  readonly markup?: string;
  /** The first message of the thread that it replies to. */
  readonly thread?: string;
  readonly subtype?: string;
  readonly profile?: object;
  readonly attachments?: readonly object[];
  readonly blocks?: readonly object[];
  readonly files?: readonly string[];
  /** Milliseconds since 1970. */
  readonly at?: number;
}

export interface NewFile {
  readonly name: string;
  readonly content: string | Buffer;
  readonly mimetype?: string;
  readonly mode?: string;
  readonly access?: string;
}

export class SlackState {
  /** Workspaces by id; several belong to an organization (Enterprise Grid). */
  readonly teams = new Map<string, string>([['T0HARBOUR', 'Harbour']]);
  enterprise: { readonly id: string; readonly name: string } | null = null;
  /** The free plan hides messages before this time (milliseconds since 1970); null: no limit. */
  hiddenBefore: number | null = null;
  readonly users = new Map<string, SimUser>();
  readonly channels = new Map<string, SimChannel>();
  readonly files = new Map<string, SimFile>();
  #last = 0;
  #lastMicros = 0;

  /** Adds a person by handle. @returns the person's id */
  user(name: string, options: { readonly displayName?: string; readonly isBot?: boolean } = {}): string {
    for (const user of this.users.values()) if (user.name === name) return user.id;
    const id = `U0${this.#next()}`;
    const { displayName = name, isBot = false } = options;
    this.users.set(id, { id, name, displayName, isBot, deleted: false });
    return id;
  }

  /** @returns the channel's id */
  channel(
    name: string,
    options: {
      readonly kind?: ChannelKind;
      readonly members?: readonly string[];
      readonly teams?: readonly string[];
    } = {},
  ): string {
    const { kind = 'public', members = [], teams = [...this.teams.keys()].slice(0, 1) } = options;
    const id = `${kind === 'im' ? 'D0' : 'C0'}${this.#next()}`;
    this.channels.set(id, { id, name, kind, teams, archived: false, members: new Set(members), messages: [] });
    return id;
  }

  /** @returns the message's timestamp */
  post(channelId: string, message: NewMessage): string {
    const { user = this.user('ana'), text = '', markup, thread, at, files = [], ...rest } = message;
    const ts = this.#timestamp(at);
    const channel = this.find(channelId);
    channel.messages.push({
      ts,
      user,
      text: markup ?? escape(text),
      files,
      reactions: 0,
      ...(thread === undefined ? {} : { threadTs: thread }),
      ...rest,
    });
    const [last, before] = [channel.messages.at(-1), channel.messages.at(-2)];
    if (last !== undefined && before !== undefined && before.ts > last.ts)
      channel.messages.sort((a, b) => (a.ts < b.ts ? -1 : 1));
    return ts;
  }

  edit(channelId: string, ts: string, text: string): void {
    const message = this.message(channelId, ts);
    message.text = escape(text);
    message.editedTs = this.#timestamp(undefined);
  }

  /** A message with replies leaves a tombstone while the replies exist. */
  delete(channelId: string, ts: string): void {
    const channel = this.find(channelId);
    const message = this.message(channelId, ts);
    if (this.replies(channel, ts).length > 0) {
      message.tombstone = true;
      return;
    }
    channel.messages = channel.messages.filter((other) => other.ts !== ts);
    const parent = channel.messages.find((other) => other.ts === message.threadTs);
    if (parent?.tombstone === true) this.delete(channelId, parent.ts);
  }

  /** Archives a channel, from which Slack then removes bots but not people (docs/vendors/slack.md#channels). */
  archive(channelId: string): void {
    const channel = this.find(channelId);
    channel.archived = true;
    for (const member of channel.members) if (this.users.get(member)?.isBot === true) channel.members.delete(member);
  }

  /** The organization revokes its key (Enterprise Key Management). */
  withhold(channelId: string, ts: string): void {
    this.message(channelId, ts).withheld = true;
  }

  react(channelId: string, ts: string): void {
    this.message(channelId, ts).reactions++;
  }

  /** @returns the file's id; a message must share it */
  addFile(file: NewFile): string {
    const id = `F0${this.#next()}`;
    const { content, mimetype = 'text/plain', mode = 'hosted', ...rest } = file;
    const createdS = Math.floor(Date.now() / 1000);
    this.files.set(id, { id, mimetype, mode, bytes: Buffer.from(content), createdS, ...rest });
    return id;
  }

  /** Generates `count` threads of two messages, spread over the past days. */
  generate(channelId: string, count: number, days = 30): void {
    const start = Date.now() - days * 24 * 3_600_000;
    for (let i = 0; i < count; i++) {
      const at = start + Math.floor((i / count) * (days - 1) * 24 * 3_600_000);
      const thread = this.post(channelId, { text: `question ${i} about berth ${i % 17}`, at });
      this.post(channelId, { text: `answer ${i}`, thread, at: at + 60_000 });
    }
  }

  find(channelId: string): SimChannel {
    const channel = this.channels.get(channelId);
    if (channel === undefined) throw new Error(`no channel ${channelId}`);
    return channel;
  }

  message(channelId: string, ts: string): SimMessage {
    const message = this.find(channelId).messages.find((other) => other.ts === ts);
    if (message === undefined) throw new Error(`no message ${ts}`);
    return message;
  }

  replies({ messages }: SimChannel, ts: string): SimMessage[] {
    return messages.filter((message) => message.threadTs === ts && message.ts !== ts);
  }

  isHidden({ ts }: SimMessage): boolean {
    return this.hiddenBefore !== null && Number(ts) * 1000 < this.hiddenBefore;
  }

  #next(): string {
    return `SIM${String(++this.#last).padStart(5, '0')}`;
  }

  /** Unique microseconds, a second behind the clock, so that a listing at this moment includes what was just posted. */
  #timestamp(at: number | undefined): string {
    const micros =
      at === undefined ? Math.max((Date.now() - 1000) * 1000, this.#lastMicros + 1) : at * 1000 + (++this.#last % 1000);
    if (at === undefined) this.#lastMicros = micros;
    return `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, '0')}`;
  }
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
