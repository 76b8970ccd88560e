/** The output of a format's reader, before it is normalized and cut into chunks. */
export interface ExtractedText {
  readonly text: string;
  /** The document's own title, if it has one; otherwise the item's name is used. */
  readonly title?: string;
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
  /** Pages, from 0, that are scans and wait for text recognition. Their text is missing. */
  readonly scannedPages?: readonly number[];
  /** The files in an archive; see `ReadDocument`. */
  readonly members?: readonly ExtractedMember[];
}

/** One file in an archive. */
export interface ExtractedMember {
  /** Unique within the archive. */
  readonly path: string;
  readonly mimeType: string;
  /** In bytes, unpacked. */
  readonly size: number;
  /** sha-256, hex. */
  readonly contentHash: string;
  readonly format: string;
  readonly extracted: ExtractedText;
}
