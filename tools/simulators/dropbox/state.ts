/** The contents of Dropbox: accounts, their files by path, and the journal that every cursor follows. */

import { contentHash } from './content-hash.ts';

export interface SimFile {
  readonly id: string;
  /** From the root of the account (in a team, from the team's root), with original case. */
  path: string;
  bytes: Buffer;
  rev: string;
  serverModified: Date;
  /** A cloud document, which cannot be downloaded but only exported in one of these formats. */
  readonly exportAs?: readonly string[];
  readonly symlinkTo?: string;
}

export interface NewFile {
  readonly path: string;
  readonly content: string | Buffer;
  readonly exportAs?: readonly string[];
  readonly symlinkTo?: string;
}

/** A team's member sees the team's folders only from the team's root; an account without a team is its own root. */
export interface Team {
  readonly rootId: string;
  readonly homePath: string;
}

export class DropboxState {
  readonly accounts = new Map<string, DropboxAccount>();
  #last = 0;

  account(email: string, team: Team | null = null): DropboxAccount {
    const known = this.accounts.get(email);
    if (known !== undefined) return known;
    const account = new DropboxAccount(email, team, () => ++this.#last);
    this.accounts.set(email, account);
    return account;
  }
}

export class DropboxAccount {
  readonly email: string;
  readonly team: Team | null;
  readonly files = new Map<string, SimFile>();
  /** Paths with original case, by path in lower case. */
  readonly folders = new Map<string, { readonly id: string; readonly path: string }>();
  /** Changes by path, in their order. */
  readonly journal: JournalEntry[] = [];
  /** Cursors of an earlier epoch are no longer accepted. */
  epoch = 0;
  readonly #next: () => number;

  constructor(email: string, team: Team | null, next: () => number) {
    this.email = email;
    this.team = team;
    this.#next = next;
  }

  /** @returns the file's id */
  addFile(file: NewFile): string {
    const { path, content, ...rest } = file;
    const id = `id:${this.#next().toString(36).padStart(22, 'A')}`;
    this.#makeFolders(path);
    this.#remember(path);
    this.files.set(id, { id, path, bytes: Buffer.from(content), rev: '', serverModified: new Date(), ...rest });
    this.#touch(id);
    return id;
  }

  update(id: string, content: string | Buffer): void {
    const file = this.#file(id);
    file.bytes = Buffer.from(content);
    this.#touch(id);
    this.#remember(file.path);
  }

  /** Moves or renames, which is reported as a deleted path and a file with the same id. */
  move(id: string, path: string): void {
    const file = this.#file(id);
    this.#remember(file.path);
    this.#makeFolders(path);
    file.path = path;
    this.#remember(path);
  }

  /** Moves a folder with its contents: one deleted path, then the contents at the new place. */
  moveFolder(from: string, to: string): void {
    const inside = [...this.files.values()].filter((file) => isBelow(file.path, from));
    const folders = [...this.folders.values()].filter(({ path }) => path === from || isBelow(path, from));
    for (const { path } of folders) this.folders.delete(path.toLowerCase());
    this.#remember(from);
    for (const { path } of [...folders, ...inside]) if (path !== from) this.#remember(path, from);
    this.#makeFolders(`${to}/x`);
    for (const { path } of folders) this.#makeFolders(`${to}${path.slice(from.length)}/x`);
    for (const file of inside) {
      file.path = `${to}${file.path.slice(from.length)}`;
      this.#makeFolders(file.path);
      this.#remember(file.path);
    }
  }

  delete(id: string): void {
    const file = this.#file(id);
    this.files.delete(id);
    this.#remember(file.path);
  }

  /** One entry stands for the folder and everything below it, unless there is a folder at its path again. */
  deleteFolder(path: string): void {
    const files = [...this.files.values()].filter((file) => isBelow(file.path, path));
    const folders = [...this.folders.values()].filter((folder) => isBelow(folder.path, path));
    for (const { id } of files) this.files.delete(id);
    this.folders.delete(path.toLowerCase());
    this.#remember(path);
    for (const folder of folders) this.folders.delete(folder.path.toLowerCase());
    for (const inside of [...folders, ...files]) this.#remember(inside.path, path);
  }

  expireCursors(): void {
    this.epoch++;
  }

  fileAt(path: string): SimFile | undefined {
    return [...this.files.values()].find((file) => file.path.toLowerCase() === path);
  }

  truth(): { readonly id: string; readonly path: string; readonly hash: string }[] {
    return [...this.files.values()].map(({ id, path, bytes }) => ({ id, path, hash: contentHash(bytes) }));
  }

  #file(id: string): SimFile {
    const file = this.files.get(id);
    if (file === undefined) throw new Error(`no such file: ${id}`);
    return file;
  }

  #touch(id: string): void {
    const file = this.#file(id);
    file.rev = `5f${this.#next().toString(16).padStart(29, '0')}`;
    file.serverModified = new Date();
  }

  #makeFolders(path: string): void {
    const parts = path.split('/').slice(1, -1);
    for (const depth of parts.keys()) {
      const folder = `/${parts.slice(0, depth + 1).join('/')}`;
      if (this.folders.has(folder.toLowerCase())) continue;
      this.folders.set(folder.toLowerCase(), {
        id: `id:F${this.#next().toString(36).padStart(21, 'A')}`,
        path: folder,
      });
      this.#remember(folder);
    }
  }

  #remember(path: string, within: string | null = null): void {
    this.journal.push({ path: path.toLowerCase(), within: within === null ? null : within.toLowerCase() });
  }
}

/** A changed path in lower case. */
export interface JournalEntry {
  readonly path: string;
  /** The folder with which it was deleted; that folder's own entry stands for it while there is none at its path. */
  readonly within: string | null;
}

export function isBelow(path: string, above: string): boolean {
  return path.toLowerCase().startsWith(`${above.toLowerCase()}/`);
}
