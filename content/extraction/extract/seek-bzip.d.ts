/** The part of the bzip2 decoder that is used; the package has no types. */
declare module 'seek-bzip' {
  interface Output {
    readonly writeByte: (byte: number) => void;
  }
  const bunzip: {
    /** @param multistream whether further streams follow, as parallel programs write them */
    readonly decode: (input: Buffer, output: Output, multistream: boolean) => void;
  };
  export default bunzip;
}
