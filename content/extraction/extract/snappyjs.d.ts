/** The part of Snappy that is used; the package has no types. */
declare module 'snappyjs' {
  export function compress(bytes: Uint8Array): Uint8Array;
  /** @throws Error if the bytes are damaged or would become longer */
  export function uncompress(compressed: Uint8Array, maxLength: number): Uint8Array;
}
