/** Declares the parts of a global that Node provides but whose types are only in those for browsers. */
declare namespace WebAssembly {
  class Memory {
    readonly buffer: ArrayBuffer;
  }
  interface Instance {
    readonly exports: object;
  }
  function instantiate(file: Uint8Array, imports: object): Promise<{ readonly instance: Instance }>;
}
