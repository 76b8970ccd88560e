/** Declares the parts of a global that Node provides but whose types are only in those for browsers. */
declare namespace WebAssembly {
  class Memory {
    /** @param size in pages of 64 KB */
    constructor(size: { readonly initial: number });
    readonly buffer: ArrayBuffer;
  }
  const Module: new (file: Uint8Array) => object;
  class Instance {
    constructor(module: object, imports: object);
    readonly exports: object;
  }
  function instantiate(file: Uint8Array, imports: object): Promise<{ readonly instance: Instance }>;
}
