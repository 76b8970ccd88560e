/** What is used of a global that Node has and its types leave to those of browsers. */
declare namespace WebAssembly {
  class Memory {
    readonly buffer: ArrayBuffer;
  }
  interface Instance {
    readonly exports: object;
  }
  function instantiate(file: Uint8Array, imports: object): Promise<{ readonly instance: Instance }>;
}
