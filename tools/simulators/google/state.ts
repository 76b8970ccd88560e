/** The contents of Google: accounts, shared drives and files, with the change logs about them. */

import { createHash } from 'node:crypto';
import { random, generateText } from '../kit/words.ts';
import { Mailbox } from './mailbox.ts';

export const folderType = 'application/vnd.google-apps.folder';
export const shortcutType = 'application/vnd.google-apps.shortcut';
const native = 'application/vnd.google-apps.';

/** Bytes, or a seed and a length from which they are generated on request. */
type Body = { readonly bytes: Buffer } | { readonly seed: number; readonly length: number };

export interface SimFile {
  readonly id: string;
  name: string;
  readonly mimeType: string;
  parent: string | null;
  driveId: string | null;
  readonly owner: string;
  body: Body;
  modifiedMs: number;
  readonly createdMs: number;
  version: number;
  trashed: boolean;
  canDownload: boolean;
  readonly shortcutTo?: string;
  md5?: string;
  /** The export of a native document to these types is refused as too large. */
  tooLargeAs?: readonly string[];
  /** It states no `exportLinks`. */
  hasNoLinks?: boolean;
}

export interface Change {
  readonly seq: number;
  readonly fileId: string;
  readonly driveId?: string;
  readonly kind: 'file' | 'removed' | 'drive_removed';
}

/** The range of one change log and one listing: a user's own corpus, or a shared drive. */
export class Corpus {
  /** In the order of arrival; deleted entries are skipped. */
  readonly order: string[] = [];
  readonly members = new Set<string>();
  readonly log: Change[] = [];
  readonly latest = new Map<string, number>();
  /** Tokens below this are no longer accepted. */
  floor = 0;
  seq = 1000;

  add(fileId: string): void {
    if (!this.members.has(fileId)) this.order.push(fileId);
    this.members.add(fileId);
  }

  note(fileId: string, kind: Change['kind'], driveId?: string): void {
    this.seq++;
    this.latest.set(fileId, this.seq);
    this.log.push({ seq: this.seq, fileId, kind, ...(driveId === undefined ? {} : { driveId }) });
  }
}

export interface SharedDrive {
  readonly id: string;
  name: string;
  readonly members: Set<string>;
  readonly corpus: Corpus;
}

export interface NewFile {
  readonly name: string;
  readonly mimeType?: string;
  readonly content?: string | Buffer;
  /** Folder or shared drive; the root of My Drive by default. */
  readonly parent?: string;
  readonly id?: string;
  readonly tooLargeAs?: readonly string[];
  readonly hasNoLinks?: boolean;
  readonly canDownload?: boolean;
  readonly shortcutTo?: string;
}

export class GoogleState {
  readonly files = new Map<string, SimFile>();
  readonly children = new Map<string, Set<string>>();
  readonly accounts = new Map<string, GoogleAccount>();
  readonly drives = new Map<string, SharedDrive>();
  /** Files and folders that anybody who knows their id can read. */
  readonly byLink = new Set<string>();
  #ids = 0;
  #clock = Date.UTC(2026, 0, 5, 9);

  account(email: string): GoogleAccount {
    let account = this.accounts.get(email);
    if (account === undefined) {
      account = new GoogleAccount(this, email);
      this.accounts.set(email, account);
    }
    return account;
  }

  newId(prefix: string): string {
    this.#ids++;
    return `${prefix}${createHash('sha256').update(`${prefix}${this.#ids}`).digest('base64url').slice(0, 27)}`;
  }

  /** Time advances a little with every event. */
  now(): number {
    this.#clock += 1000;
    return this.#clock;
  }

  put(file: SimFile): void {
    this.files.set(file.id, file);
    this.place(file.id, null, file.parent);
  }

  place(id: string, from: string | null, to: string | null): void {
    if (from !== null) this.children.get(from)?.delete(id);
    if (to === null) return;
    const siblings = this.children.get(to) ?? new Set();
    siblings.add(id);
    this.children.set(to, siblings);
  }

  isTrashed(file: SimFile): boolean {
    for (let at: SimFile | undefined = file, depth = 0; at !== undefined && depth < 100; depth++) {
      if (at.trashed) return true;
      at = at.parent === null ? undefined : this.files.get(at.parent);
    }
    return false;
  }

  contentOf(file: SimFile): Buffer {
    return 'bytes' in file.body ? file.body.bytes : Buffer.from(generateText(file.body.seed, file.body.length));
  }

  md5Of(file: SimFile): string {
    file.md5 ??= createHash('md5').update(this.contentOf(file)).digest('hex');
    return file.md5;
  }

  canRead(email: string, file: SimFile): boolean {
    if (file.driveId !== null && this.isMember(email, file.driveId)) return true;
    if (this.byLink.has(file.id)) return true;
    if (file.driveId !== null)
      return this.accounts.get(email)?.received.has(file.id) === true || this.#isWithinShared(email, file);
    return this.accounts.get(email)?.corpus.members.has(file.id) === true || this.#isWithinShared(email, file);
  }

  isMember(email: string, driveId: string): boolean {
    return this.drives.get(driveId)?.members.has(email) === true;
  }

  /**
   * Files in a shared folder can be read, although no list of the account includes them before they have been opened
   * there.
   */
  #isWithinShared(email: string, file: SimFile): boolean {
    const parent = file.parent === null ? undefined : this.files.get(file.parent);
    return parent !== undefined && this.canRead(email, parent);
  }

  /** All files in a folder, at any depth. */
  below(folderId: string): SimFile[] {
    return [...(this.children.get(folderId) ?? [])].flatMap((id) => {
      const file = this.files.get(id);
      return file === undefined ? [] : [file, ...this.below(id)];
    });
  }
}

/** One person's Drive and the operations on it. Every operation appears in the change log as in Google's. */
export class GoogleAccount {
  readonly corpus = new Corpus();
  /** What others have shared with it directly. */
  readonly received = new Set<string>();
  readonly email: string;
  readonly rootId: string;
  readonly mailbox: Mailbox;
  readonly #state: GoogleState;

  constructor(state: GoogleState, email: string) {
    this.#state = state;
    this.email = email;
    this.mailbox = new Mailbox(email, () => state.now());
    this.rootId = state.newId('0A');
    state.put(this.#newFile({ name: 'My Drive', mimeType: folderType, id: this.rootId }, null));
  }

  addFolder(name: string, parent?: string): string {
    return this.addFile({ name, mimeType: folderType, ...(parent === undefined ? {} : { parent }) });
  }

  /** Adds a stored file or, with one of Google's own types, a native document with `content` as its text. */
  addFile(file: NewFile): string {
    const parent = file.parent ?? this.rootId;
    const added = this.#newFile(file, parent);
    this.#state.put(added);
    const corpus = this.#corpusOf(added);
    corpus.add(added.id);
    corpus.note(added.id, 'file');
    return added.id;
  }

  addShortcut(name: string, targetId: string, parent?: string): string {
    return this.addFile({
      name,
      mimeType: shortcutType,
      shortcutTo: targetId,
      ...(parent === undefined ? {} : { parent }),
    });
  }

  addSharedDrive(name: string): string {
    const id = this.#state.newId('0D');
    this.#state.drives.set(id, { id, name, members: new Set([this.email]), corpus: new Corpus() });
    return id;
  }

  update(id: string, content: string | Buffer): void {
    const file = this.#file(id);
    file.body = { bytes: Buffer.from(content) };
    this.#touched(file);
  }

  rename(id: string, name: string): void {
    const file = this.#file(id);
    file.name = name;
    this.#changed(file);
  }

  move(id: string, parent: string): void {
    const file = this.#file(id);
    const from = this.#corpusOf(file);
    this.#state.place(id, file.parent, parent);
    file.parent = parent;
    const driveId = this.#driveOf(parent);
    if (driveId === file.driveId) this.#changed(file);
    else this.#changeDrive(file, driveId, from);
  }

  /** One log reports that the file was removed, another that it exists; neither reports anything about its contents. */
  #changeDrive(file: SimFile, driveId: string | null, from: Corpus): void {
    file.version++;
    this.#settle(file, driveId, from);
    from.note(file.id, 'removed');
    this.#corpusOf(file).note(file.id, 'file');
  }

  #settle(file: SimFile, driveId: string | null, from: Corpus): void {
    file.driveId = driveId;
    from.members.delete(file.id);
    this.#corpusOf(file).add(file.id);
    for (const child of this.#state.children.get(file.id) ?? []) this.#settle(this.#file(child), driveId, from);
  }

  /** Only the item itself is reported, not its contents. */
  trash(id: string): void {
    this.#file(id).trashed = true;
    this.#changed(this.#file(id));
  }

  untrash(id: string): void {
    this.#file(id).trashed = false;
    this.#changed(this.#file(id));
  }

  delete(id: string): void {
    for (const child of this.#state.children.get(id) ?? []) this.delete(child);
    const file = this.#file(id);
    const corpus = this.#corpusOf(file);
    corpus.members.delete(id);
    corpus.note(id, 'removed');
    this.#state.place(id, file.parent, null);
    this.#state.files.delete(id);
  }

  /**
   * Shares a file with another account ("shared with me": its folder stays invisible), or a folder with its contents,
   * of which the other account's lists and log include only the folder itself.
   */
  share(id: string, other: GoogleAccount): void {
    other.received.add(id);
    other.corpus.add(id);
    other.corpus.note(id, 'file');
  }

  /** Opens somebody else's file in a shared folder: from now on it is in this account's lists too. */
  open(id: string): void {
    this.corpus.add(id);
    this.corpus.note(id, 'file');
  }

  /** Anybody who knows its id may read it; no list includes it. */
  shareByLink(id: string): void {
    this.#state.byLink.add(id);
  }

  /** What was opened in a folder is lost with it, except what was shared directly; only the folder is reported. */
  unshare(id: string, other: GoogleAccount): void {
    other.received.delete(id);
    other.corpus.members.delete(id);
    for (const { id: inside, owner } of this.#state.below(id))
      if (owner !== other.email && !other.received.has(inside)) other.corpus.members.delete(inside);
    other.corpus.note(id, 'removed');
  }

  leaveSharedDrive(driveId: string): void {
    this.#state.drives.get(driveId)?.members.delete(this.email);
    this.corpus.note(driveId, 'drive_removed', driveId);
  }

  /** Makes all change log positions up to now invalid. */
  expireTokens(): void {
    this.corpus.floor = this.corpus.seq + 1;
    this.corpus.seq++;
  }

  /**
   * Generates a deterministic account: folders of 50, mostly Markdown of 0.5 to 12 KB, every tenth a Google document.
   */
  generate(count: number, seed = 1): void {
    const next = random(seed);
    let folder = this.rootId;
    for (let i = 0; i < count; i++) {
      if (i % 50 === 0) folder = this.#generated(`folder ${i / 50}`, folderType, this.rootId, seed + i, 0);
      const type = i % 10 === 9 ? `${native}document` : 'text/markdown';
      const name = `document ${i}${type === 'text/markdown' ? '.md' : ''}`;
      this.#generated(name, type, folder, seed * 1_000_003 + i, 500 + Math.floor(next() ** 2 * 11_500));
    }
  }

  /** Changes a share of the files, the same ones for the same seed. @returns how many */
  touch(share: number, seed = 1): number {
    const every = Math.max(1, Math.round(1 / share));
    let touched = 0;
    let index = 0;
    for (const id of this.corpus.order) {
      const file = this.#state.files.get(id);
      if (file === undefined || file.mimeType === folderType || !('seed' in file.body) || index++ % every !== 0)
        continue;
      const text = this.#state.contentOf(file).toString();
      file.body = { bytes: Buffer.from(`${text}\n\nAn added paragraph, number ${seed}.\n`) };
      this.#touched(file);
      touched++;
    }
    return touched;
  }

  /** What a perfect sync contains: every readable, untrashed file that is not a folder or shortcut. */
  truth(): { readonly id: string; readonly name: string; readonly path: string; readonly md5: string }[] {
    const drives = [...this.#state.drives.values()].filter((drive) => drive.members.has(this.email));
    const ids = new Set([...this.#everything(), ...drives.flatMap((drive) => [...drive.corpus.members])]);
    return [...ids].flatMap((id) => {
      const file = this.#state.files.get(id);
      if (file === undefined || file.mimeType === folderType || file.mimeType === shortcutType) return [];
      if (this.#state.isTrashed(file)) return [];
      return [{ id, name: file.name, path: this.#pathOf(file), md5: this.#state.md5Of(file) }];
    });
  }

  /** Everything in its lists, and the contents of folders that others have shared with it. */
  #everything(): ReadonlySet<string> {
    const theirs = [...this.corpus.members].filter((id) => this.#state.files.get(id)?.owner !== this.email);
    return new Set([...this.corpus.members, ...theirs.flatMap((id) => this.#state.below(id).map((file) => file.id))]);
  }

  #pathOf(file: SimFile): string {
    const parent = file.parent === null ? undefined : this.#state.files.get(file.parent);
    const isVisible = parent !== undefined && (parent.id === this.rootId || this.#state.canRead(this.email, parent));
    if (isVisible) return `${this.#pathOf(parent)}/${file.name}`;
    const drive = file.driveId === null ? undefined : this.#state.drives.get(file.driveId);
    return drive === undefined ? file.name : `${drive.name}/${file.name}`;
  }

  #generated(name: string, mimeType: string, parent: string, seed: number, length: number): string {
    const file = { ...this.#newFile({ name, mimeType }, parent), body: { seed, length } };
    this.#state.put(file);
    this.corpus.add(file.id);
    return file.id;
  }

  #newFile(file: NewFile, parent: string | null): SimFile {
    const now = this.#state.now();
    return {
      id: file.id ?? this.#state.newId('1'),
      name: file.name,
      mimeType: file.mimeType ?? 'text/markdown',
      parent,
      driveId: parent === null ? null : this.#driveOf(parent),
      owner: this.email,
      body: { bytes: Buffer.from(file.content ?? '') },
      modifiedMs: now,
      createdMs: now,
      version: 1,
      trashed: false,
      canDownload: file.canDownload ?? true,
      ...(file.shortcutTo === undefined ? {} : { shortcutTo: file.shortcutTo }),
      ...(file.tooLargeAs === undefined ? {} : { tooLargeAs: file.tooLargeAs }),
      ...(file.hasNoLinks === undefined ? {} : { hasNoLinks: file.hasNoLinks }),
    };
  }

  #driveOf(parent: string): string | null {
    return this.#state.drives.has(parent) ? parent : (this.#state.files.get(parent)?.driveId ?? null);
  }

  #file(id: string): SimFile {
    const file = this.#state.files.get(id);
    if (file === undefined) throw new Error(`no file ${id}`);
    return file;
  }

  #corpusOf(file: SimFile): Corpus {
    return (file.driveId === null ? undefined : this.#state.drives.get(file.driveId)?.corpus) ?? this.corpus;
  }

  #touched(file: SimFile): void {
    file.modifiedMs = this.#state.now();
    delete file.md5;
    this.#changed(file);
  }

  #changed(file: SimFile): void {
    file.version++;
    const corpora = new Set([...this.#state.accounts.values()].map((each) => each.corpus)).add(this.#corpusOf(file));
    for (const corpus of corpora) if (corpus.members.has(file.id)) corpus.note(file.id, 'file');
  }
}
