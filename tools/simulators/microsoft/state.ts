/**
 * The contents of Microsoft's services: accounts with a drive each, and the changes in their feeds
 * (docs/vendors/onedrive.md).
 */

import { createHash } from 'node:crypto';
import { random, generateText } from '../kit/words.ts';
import { type DriveType, type NewItem, SimDrive, type SimItem } from './drive-state.ts';

export interface Truth {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
}

export interface SimSite {
  readonly id: string;
  readonly name: string;
  readonly libraries: { readonly name: string; readonly drive: SimDrive }[];
}

export class MicrosoftState {
  readonly accounts = new Map<string, MicrosoftAccount>();
  readonly drives = new Map<string, SimDrive>();
  #ids = 0;
  #clock = Date.UTC(2026, 0, 5, 9);

  /** @param type the drive's type, if the account is new */
  account(email: string, type: DriveType = 'business'): MicrosoftAccount {
    let account = this.accounts.get(email);
    if (account === undefined) {
      account = new MicrosoftAccount(this, email, type);
      this.accounts.set(email, account);
      this.drives.set(account.drive.id, account.drive);
    }
    return account;
  }

  /** The document libraries of SharePoint sites, by site. */
  readonly sites = new Map<string, SimSite>();

  /** A library of a site, which is added if it is new; `readers` may see it. */
  addLibrary(site: string, name: string, readers: readonly MicrosoftAccount[]): MicrosoftAccount {
    const id = `contoso.sharepoint.com,${this.#digest('site').toString('hex').slice(0, 32)},1`;
    const known = this.sites.get(site) ?? { id, name: site, libraries: [] };
    this.sites.set(site, known);
    const library = this.account(`${name}@${site}.sharepoint.com`);
    known.libraries.push({ name, drive: library.drive });
    for (const reader of readers) library.share(library.drive.rootId, reader);
    return library;
  }

  /** Sixteen digits for personal drives, 'b!' and more for business ones; item ids may begin with the drive's id. */
  newDriveId(type: DriveType): string {
    const digest = this.#digest('drive');
    return type === 'personal' ? `0${digest.toString('hex').slice(0, 15)}` : `b!${digest.toString('base64url')}`;
  }

  newItemId(drive: { readonly id: string; readonly type: DriveType }): string {
    const digest = this.#digest('item').toString('hex');
    return drive.type === 'personal'
      ? `${drive.id.toUpperCase()}!s${digest.slice(0, 32)}`
      : `01${digest.slice(0, 32).toUpperCase()}`;
  }

  /** Time advances a little with every event. */
  now(): number {
    this.#clock += 1000;
    return this.#clock;
  }

  find(driveId: string, itemId: string): SimItem | undefined {
    return this.drives.get(driveId)?.items.get(itemId);
  }

  /** Checks whether this account may read the item: in its own drive, or below something shared with it. */
  canRead(email: string, drive: SimDrive, itemId: string): boolean {
    return drive.owner === email || drive.chain(itemId).some((id) => drive.readers.get(id)?.has(email) === true);
  }

  #digest(prefix: string): Buffer {
    this.#ids++;
    return createHash('sha256').update(`${prefix}${this.#ids}`).digest();
  }
}

/** One person's OneDrive and the operations on it. Every operation appears in the feed as in Graph's. */
export class MicrosoftAccount {
  readonly email: string;
  readonly drive: SimDrive;
  readonly #state: MicrosoftState;

  constructor(state: MicrosoftState, email: string, type: DriveType) {
    this.#state = state;
    this.email = email;
    this.drive = new SimDrive(state.newDriveId(type), type, email);
    this.drive.rootId = this.#add({ name: 'root', kind: 'folder' }, null);
  }

  /** The id used by the connector: the drive, then the item. */
  externalId(itemId: string): string {
    return `${this.drive.id}:${itemId}`;
  }

  addFolder(name: string, parent?: string): string {
    return this.#add({ name, kind: 'folder' }, parent);
  }

  /** @returns the item's id within the drive */
  addFile(file: Omit<NewItem, 'kind'> & { readonly parent?: string }): string {
    return this.#add({ ...file, kind: 'file' }, file.parent);
  }

  /** The "Personal Vault": its name can be changed, its facet cannot. */
  addVault(name: string): string {
    this.drive.vaultId = this.addFolder(name);
    return this.drive.vaultId;
  }

  addNotebook(name: string, parent?: string): string {
    return this.#add({ name, kind: 'package' }, parent);
  }

  /** "Add shortcut to My files": a pointer to an item in another drive. */
  addShortcut(name: string, to: MicrosoftAccount, itemId: string, parent?: string): string {
    return this.#add({ name, kind: 'shortcut', target: { driveId: to.drive.id, itemId } }, parent);
  }

  share(itemId: string, other: MicrosoftAccount): void {
    const readers = this.drive.readers.get(itemId) ?? new Set();
    readers.add(other.email);
    this.drive.readers.set(itemId, readers);
  }

  unshare(itemId: string, other: MicrosoftAccount): void {
    this.drive.readers.get(itemId)?.delete(other.email);
  }

  update(itemId: string, content: string | Buffer): void {
    this.drive.change(itemId, (item) => {
      item.body = { bytes: Buffer.from(content) };
      item.contentVersion++;
      item.modifiedMs = this.#state.now();
    });
  }

  rename(itemId: string, name: string): void {
    this.drive.change(itemId, (item) => {
      item.name = name;
    });
  }

  move(itemId: string, parent: string): void {
    this.drive.change(itemId, (item) => {
      this.drive.place(item, parent);
    });
  }

  /** Deletes an item with everything below; each leaves a tombstone, unless these are lost. */
  delete(itemId: string, options: { readonly loseTombstonesBelow?: boolean } = {}): void {
    this.drive.remove(itemId, options.loseTombstonesBelow ?? false);
  }

  /** Makes all feed positions up to now invalid. */
  expirePositions(): void {
    this.drive.seq++;
    this.drive.floor = this.drive.seq;
  }

  /** Generates a deterministic drive: folders of 50, Markdown of 0.5 to 12 KB. */
  generate(count: number, seed = 1): void {
    const next = random(seed);
    let folder = this.drive.rootId;
    for (let i = 0; i < count; i++) {
      if (i % 50 === 0) folder = this.addFolder(`folder ${i / 50}`);
      const length = 500 + Math.floor(next() ** 2 * 11_500);
      this.addFile({ name: `document ${i}.md`, parent: folder, content: { seed: seed * 1_000_003 + i, length } });
    }
  }

  /** What a perfect sync contains: every file of the drive, and of the shared folders that were added to it. */
  truth(): Truth[] {
    const own = this.#below(this.drive, this.drive.rootId, 'OneDrive');
    const shared = [...this.drive.items.values()].flatMap((item) => {
      const drive = item.target === undefined ? undefined : this.#state.drives.get(item.target.driveId);
      if (item.target === undefined || !drive?.items.has(item.target.itemId)) return [];
      if (!this.#state.canRead(this.email, drive, item.target.itemId)) return [];
      return this.#below(drive, item.target.itemId, `OneDrive/${this.drive.pathOf(item.id)}`);
    });
    return [...own, ...shared];
  }

  #below(drive: SimDrive, itemId: string, path: string): Truth[] {
    return [...(drive.children.get(itemId) ?? [])].flatMap((id) => {
      const item = drive.item(id);
      const at = `${path}/${item.name}`;
      if (item.kind === 'folder') return this.#below(drive, id, at);
      if (item.kind !== 'file' || item.malware) return [];
      const sha256 = createHash('sha256').update(contentOf(item)).digest('hex');
      return [{ id: `${drive.id}:${id}`, name: item.name, path: at, sha256 }];
    });
  }

  #add(item: NewItem, parent: string | undefined | null): string {
    const now = this.#state.now();
    const id = this.#state.newItemId(this.drive);
    const content = item.content ?? '';
    this.drive.add({
      id,
      name: item.name,
      kind: item.kind,
      parent: null,
      mimeType: item.mimeType ?? 'application/octet-stream',
      body: typeof content === 'object' && 'seed' in content ? content : { bytes: Buffer.from(content) },
      contentVersion: 1,
      version: 1,
      modifiedMs: now,
      createdMs: now,
      malware: item.malware ?? false,
      hashed: item.hashed ?? true,
      ...(item.target === undefined ? {} : { target: item.target }),
    });
    if (parent !== null) this.drive.place(this.drive.item(id), parent ?? this.drive.rootId);
    this.drive.note(id, []);
    return id;
  }
}

export function contentOf(item: SimItem): Buffer {
  return 'bytes' in item.body ? item.body.bytes : Buffer.from(generateText(item.body.seed, item.body.length));
}
