/** One drive: its tree, and the log behind its feeds. */

export type DriveType = 'personal' | 'business';

/** Bytes, or a seed and a length from which they are generated on request. */
type Body = { readonly bytes: Buffer } | { readonly seed: number; readonly length: number };

export interface NewItem {
  readonly name: string;
  readonly kind: SimItem['kind'];
  readonly mimeType?: string;
  readonly content?: string | Buffer | { readonly seed: number; readonly length: number };
  readonly malware?: boolean;
  /** False: just uploaded, and Graph has no hash yet. */
  readonly hashed?: boolean;
  readonly target?: { readonly driveId: string; readonly itemId: string };
}

export interface SimItem {
  readonly id: string;
  name: string;
  readonly kind: 'folder' | 'file' | 'package' | 'shortcut';
  parent: string | null;
  readonly mimeType: string;
  body: Body;
  contentVersion: number;
  version: number;
  modifiedMs: number;
  readonly createdMs: number;
  readonly malware: boolean;
  readonly hashed: boolean;
  readonly target?: { readonly driveId: string; readonly itemId: string };
}

export interface Change {
  readonly seq: number;
  readonly itemId: string;
  /** Its previous ancestors, from the parent up; for feeds of a folder that it has left. */
  readonly wasIn: readonly string[];
}

export class SimDrive {
  readonly id: string;
  readonly type: DriveType;
  readonly owner: string;
  rootId = '';
  readonly items = new Map<string, SimItem>();
  /** In the order of arrival; deleted entries are skipped. */
  readonly order: string[] = [];
  readonly children = new Map<string, Set<string>>();
  readonly log: Change[] = [];
  /** The last change of each item: a feed shows the latest state, not each change. */
  readonly latest = new Map<string, number>();
  /** Accounts besides the owner that may read everything below an item. */
  readonly readers = new Map<string, Set<string>>();
  /** The folder of personal drives that requires a second proof; while it is locked, it seems to be empty. */
  vaultId: string | null = null;
  vaultLocked = false;
  seq = 1000;
  /** Positions below this are no longer accepted. */
  floor = 0;

  constructor(id: string, type: DriveType, owner: string) {
    this.id = id;
    this.type = type;
    this.owner = owner;
  }

  item(id: string): SimItem {
    const item = this.items.get(id);
    if (item === undefined) throw new Error(`no item ${id}`);
    return item;
  }

  /** Checks whether it is in the vault while that is locked. */
  isLocked(id: string): boolean {
    return this.vaultLocked && this.vaultId !== null && this.chain(id).slice(1).includes(this.vaultId);
  }

  add(item: SimItem): void {
    this.items.set(item.id, item);
    this.order.push(item.id);
  }

  place(item: SimItem, parent: string): void {
    if (item.parent !== null) this.children.get(item.parent)?.delete(item.id);
    item.parent = parent;
    const siblings = this.children.get(parent) ?? new Set();
    siblings.add(item.id);
    this.children.set(parent, siblings);
  }

  /** Only the item itself is reported, not its contents. */
  change(id: string, work: (item: SimItem) => void): void {
    const before = this.chain(id);
    const item = this.item(id);
    work(item);
    item.version++;
    this.note(id, before);
  }

  remove(id: string, silent: boolean): void {
    const before = this.chain(id);
    for (const child of this.children.get(id) ?? []) this.#vanish(child, silent);
    this.#drop(id);
    this.note(id, before);
  }

  note(itemId: string, wasIn: readonly string[]): void {
    this.seq++;
    this.latest.set(itemId, this.seq);
    this.log.push({ seq: this.seq, itemId, wasIn });
  }

  /** The item and its ancestors, up to the root. */
  chain(id: string): string[] {
    const chain: string[] = [];
    for (let at: string | null = id; at !== null && chain.length < 100; at = this.items.get(at)?.parent ?? null)
      chain.push(at);
    return chain;
  }

  pathOf(id: string): string {
    return this.chain(id)
      .filter((at) => at !== this.rootId)
      .map((at) => this.item(at).name)
      .toReversed()
      .join('/');
  }

  #vanish(id: string, silent: boolean): void {
    if (!silent) this.remove(id, false);
    else {
      for (const child of this.children.get(id) ?? []) this.#vanish(child, true);
      this.#drop(id);
    }
  }

  #drop(id: string): void {
    const parent = this.items.get(id)?.parent;
    if (parent) this.children.get(parent)?.delete(id);
    this.items.delete(id);
    this.children.delete(id);
  }
}
