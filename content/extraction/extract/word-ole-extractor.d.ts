/** A part of the package `word-extractor` that its types do not describe. */
declare module 'word-extractor/lib/word-ole-extractor.js' {
  /** A piece of the text: where it begins in the stream, its bytes there, and how many bytes a character has. */
  export interface Piece {
    readonly startFilePos: number;
    readonly size: number;
    readonly bpc: number;
    text: string;
  }
  export default class WordOleExtractor {
    readonly _pieces: readonly Piece[];
    writeCharacterProperties: (this: WordOleExtractor, stream: Buffer, table: Buffer) => void;
  }
}
