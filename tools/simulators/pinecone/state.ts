/** The contents of a Pinecone project: indexes with namespaces of records, each change visible only after a while. */

export interface StoredRecord {
  readonly id: string;
  readonly values: readonly number[];
  readonly metadata: Readonly<Record<string, MetadataValue>>;
}

export type MetadataValue = string | number | boolean | readonly string[];

/** A write that was acknowledged but is not yet visible. */
interface PendingWrite {
  readonly visibleAt: number;
  readonly sequence: number;
  readonly apply: (records: Map<string, StoredRecord>) => void;
}

export class SimulatedNamespace {
  /** The records that a read returns. */
  readonly #visible = new Map<string, StoredRecord>();
  readonly #pending: PendingWrite[] = [];
  #indexed = 0;

  write(sequence: number, delayMs: number, apply: PendingWrite['apply']): void {
    this.#pending.push({ visibleAt: Date.now() + delayMs, sequence, apply });
  }

  /** The records that a read returns, ordered by id. */
  records(): StoredRecord[] {
    this.#settle();
    return [...this.#visible.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  get(id: string): StoredRecord | undefined {
    this.#settle();
    return this.#visible.get(id);
  }

  /** The number of the last visible write. */
  get indexed(): number {
    this.#settle();
    return this.#indexed;
  }

  get isDeleted(): boolean {
    this.#settle();
    return this.#visible.size === 0 && this.#pending.length === 0;
  }

  /** Writes become visible in order: a slow one delays those after it. */
  #settle(): void {
    while ((this.#pending[0]?.visibleAt ?? Number.POSITIVE_INFINITY) <= Date.now()) {
      const write = this.#pending.shift();
      write?.apply(this.#visible);
      this.#indexed = write?.sequence ?? this.#indexed;
    }
  }
}

export class SimulatedIndex {
  readonly name: string;
  readonly dimension: number;
  readonly metric: string;
  readonly deployment: object;
  readonly tags: object;
  readonly readyAt: number;
  deletedAt: number | null = null;
  readonly namespaces = new Map<string, SimulatedNamespace>();
  sequence = 0;

  constructor(index: Pick<SimulatedIndex, 'name' | 'dimension' | 'metric' | 'deployment' | 'tags' | 'readyAt'>) {
    this.name = index.name;
    this.dimension = index.dimension;
    this.metric = index.metric;
    this.deployment = index.deployment;
    this.tags = index.tags;
    this.readyAt = index.readyAt;
  }

  /** A namespace is created with its first record and disappears with its last. */
  namespace(name: string): SimulatedNamespace | undefined {
    const namespace = this.namespaces.get(name);
    if (namespace?.isDeleted !== true) return namespace;
    this.namespaces.delete(name);
    return undefined;
  }

  openNamespace(name: string): SimulatedNamespace {
    const namespace = this.namespace(name) ?? new SimulatedNamespace();
    this.namespaces.set(name, namespace);
    return namespace;
  }
}
