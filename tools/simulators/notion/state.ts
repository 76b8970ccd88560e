/** The contents of Notion: workspaces with pages, databases and blocks, and what was shared with a connection. */

import { randomUUID } from 'node:crypto';
import { type SimBlock, toBlocks } from './blocks.ts';

export type SimParent =
  | { readonly type: 'workspace' }
  | { readonly type: 'page_id'; readonly id: string }
  | { readonly type: 'block_id'; readonly id: string }
  | { readonly type: 'data_source_id'; readonly id: string };

export interface SimComment {
  readonly id: string;
  readonly text: string;
  readonly by: string;
}

export interface SimPage {
  readonly id: string;
  parent: SimParent;
  title: string;
  /** Property values by name, in the API's form without id; only for rows. */
  properties: Record<string, object>;
  blocks: SimBlock[];
  readonly comments: SimComment[];
  readonly createdMs: number;
  editedMs: number;
  inTrash: boolean;
  /** Shared with the connection, withdrawn from it, or inherited from its container. */
  access: 'shared' | 'hidden' | 'inherited';
}

export interface SimDatabase {
  readonly id: string;
  readonly dataSourceId: string;
  parent: SimParent;
  title: string;
  readonly createdMs: number;
  editedMs: number;
  inTrash: boolean;
  access: SimPage['access'];
}

export interface NewPage {
  readonly title: string;
  /** Lines as in Markdown: headings, lists, quotes, and paragraphs. */
  readonly content?: string;
  readonly parent?: SimParent;
  readonly properties?: Record<string, object>;
}

export class NotionState {
  readonly workspaces = new Map<string, NotionWorkspace>();
  /** Contents of files by name; any other file has a few words. */
  readonly files = new Map<string, Buffer>();
  /** Milliseconds added to the clock. */
  skewMs = 0;

  /** One person's workspace, with one connection. */
  workspace(email: string, name = 'Harbour'): NotionWorkspace {
    const known = this.workspaces.get(email);
    if (known !== undefined) return known;
    const workspace = new NotionWorkspace(email, name, () => Date.now() + this.skewMs);
    this.workspaces.set(email, workspace);
    return workspace;
  }
}

export class NotionWorkspace {
  readonly id = randomUUID();
  readonly email: string;
  readonly name: string;
  readonly pages = new Map<string, SimPage>();
  readonly databases = new Map<string, SimDatabase>();
  /** Names of people by id. */
  readonly people = new Map<string, string>();
  /** Existing objects that search never finds. */
  readonly unsearchable = new Set<string>();
  readonly now: () => number;

  constructor(email: string, name: string, now: () => number) {
    this.email = email;
    this.name = name;
    this.now = now;
  }

  /** A top-level page is shared with the connection itself. @returns the page's id */
  addPage({ title, content = '', parent = { type: 'workspace' }, properties = {} }: NewPage): string {
    const id = randomUUID();
    const now = this.now();
    this.pages.set(id, {
      id,
      parent,
      title,
      properties,
      blocks: toBlocks(content),
      comments: [],
      createdMs: now,
      editedMs: now,
      inTrash: false,
      access: parent.type === 'workspace' ? 'shared' : 'inherited',
    });
    return id;
  }

  addDatabase(title: string, parent: SimParent = { type: 'workspace' }): SimDatabase {
    const now = this.now();
    const database: SimDatabase = {
      id: randomUUID(),
      dataSourceId: randomUUID(),
      parent,
      title,
      createdMs: now,
      editedMs: now,
      inTrash: false,
      access: parent.type === 'workspace' ? 'shared' : 'inherited',
    };
    this.databases.set(database.id, database);
    return database;
  }

  addRow(database: SimDatabase, title: string, properties: Record<string, object>, content = ''): string {
    return this.addPage({ title, content, properties, parent: { type: 'data_source_id', id: database.dataSourceId } });
  }

  /** Generates this many pages, twenty under each top-level page. */
  generate(count: number): void {
    let top = '';
    for (let i = 0; i < count; i++) {
      const isTop = i % 21 === 0;
      const parent: SimParent = isTop ? { type: 'workspace' } : { type: 'page_id', id: top };
      const id = this.addPage({ title: `Page ${i}`, content: `This is page ${i}.`, parent });
      if (isTop) top = id;
    }
  }

  update(id: string, content: string): void {
    const page = this.page(id);
    page.blocks = toBlocks(content);
    page.editedMs = this.now();
  }

  setBlocks(id: string, blocks: SimBlock[]): void {
    const page = this.page(id);
    page.blocks = blocks;
    page.editedMs = this.now();
  }

  rename(id: string, title: string): void {
    Object.assign(this.page(id), { title, editedMs: this.now() });
  }

  move(id: string, parent: SimParent): void {
    Object.assign(this.page(id), { parent, editedMs: this.now() });
  }

  /** Trashes a page or a database with its contents. */
  trash(id: string): void {
    Object.assign(this.pages.get(id) ?? this.database(id), { inTrash: true, editedMs: this.now() });
  }

  /** Restores it from the trash, with the contents that were not trashed separately. */
  restore(id: string): void {
    Object.assign(this.pages.get(id) ?? this.database(id), { inTrash: false, editedMs: this.now() });
  }

  /** Withdraws it and its contents from the connection. Nothing reports this. */
  unshare(id: string): void {
    (this.pages.get(id) ?? this.database(id)).access = 'hidden';
  }

  /** Shares it with the connection directly. */
  share(id: string): void {
    (this.pages.get(id) ?? this.database(id)).access = 'shared';
  }

  /** Deletes permanently. */
  delete(id: string): void {
    this.page(id);
    this.pages.delete(id);
  }

  comment(id: string, text: string, by = 'Ana'): void {
    this.page(id).comments.push({ id: randomUUID(), text, by });
  }

  page(id: string): SimPage {
    const page = this.pages.get(id);
    if (page === undefined) throw new Error(`no such page: ${id}`);
    return page;
  }

  database(id: string): SimDatabase {
    const database = this.databases.get(id);
    if (database === undefined) throw new Error(`no such database: ${id}`);
    return database;
  }

  databaseOf(dataSourceId: string): SimDatabase | undefined {
    return [...this.databases.values()].find((database) => database.dataSourceId === dataSourceId);
  }

  childrenOf(pageId: string, blockId: string | null): { pages: SimPage[]; databases: SimDatabase[] } {
    const isHere = ({ parent }: { parent: SimParent }): boolean =>
      blockId === null
        ? parent.type === 'page_id' && parent.id === pageId
        : parent.type === 'block_id' && parent.id === blockId;
    return {
      pages: [...this.pages.values()].filter((page) => isHere(page)),
      databases: [...this.databases.values()].filter((database) => isHere(database)),
    };
  }

  isVisible(thing: Pick<SimPage, 'access' | 'parent'>): boolean {
    if (thing.access !== 'inherited') return thing.access === 'shared';
    const above = this.above(thing.parent);
    return above !== undefined && this.isVisible(above);
  }

  isTrashed(thing: Pick<SimPage, 'inTrash' | 'parent'>): boolean {
    if (thing.inTrash) return true;
    const above = this.above(thing.parent);
    return above !== undefined && this.isTrashed(above);
  }

  /** Returns the page that contains a block, at any depth. */
  pageOfBlock(blockId: string): SimPage | undefined {
    return [...this.pages.values()].find((page) => findBlock(page.blocks, blockId) !== undefined);
  }

  private above(parent: SimParent): SimPage | SimDatabase | undefined {
    switch (parent.type) {
      case 'workspace':
        return undefined;
      case 'page_id':
        return this.pages.get(parent.id);
      case 'block_id':
        return this.pageOfBlock(parent.id);
      case 'data_source_id':
        return this.databaseOf(parent.id);
    }
  }
}

/** Returns the block and its container: another block, or (null) the page itself. */
export function findBlock(
  blocks: readonly SimBlock[],
  id: string,
  above: string | null = null,
): { readonly block: SimBlock; readonly above: string | null } | undefined {
  for (const block of blocks) {
    if (block.id === id) return { block, above };
    const below = findBlock(block.children, id, block.id);
    if (below !== undefined) return below;
  }
  return undefined;
}
