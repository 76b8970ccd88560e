/** What a format's reader makes of bytes, before it is normalised and cut into chunks. */
export interface ExtractedText {
  readonly text: string;
  /** The document's own title, where it has one; else the item's name is used. */
  readonly title?: string;
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
  /** Pages, from 0, that are pictures of text and wait to be recognised. The text lacks them. */
  readonly scannedPages?: readonly number[];
}
