/**
 * Keeps the most recently staged bytes, so that the next activity of the same worker reads no file. Above the limit,
 * the oldest are dropped.
 */
export class RecentBytes {
  readonly #max: number;
  readonly #pieces = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get(name: string): Uint8Array | undefined {
    return this.#pieces.get(name);
  }

  set(name: string, bytes: Uint8Array): void {
    this.delete(name);
    this.#pieces.set(name, bytes);
    this.#bytes += bytes.byteLength;
    for (const oldest of this.#pieces.keys()) {
      if (this.#bytes <= this.#max) return;
      this.delete(oldest);
    }
  }

  delete(name: string): void {
    this.#bytes -= this.#pieces.get(name)?.byteLength ?? 0;
    this.#pieces.delete(name);
  }

  /** Deletes everything below a folder. */
  deleteBelow(folder: string): void {
    for (const name of this.#pieces.keys()) if (name.startsWith(`${folder}/`)) this.delete(name);
  }
}
