/** Words about reading that the activities and the readers must agree on. Imports nothing. */

/**
 * Codes of readings that did not finish. They say as much of the machine at that moment as of the file, so the item has
 * failed and later jobs try it again.
 */
export const unfinishedReadings = {
  timeout: 'extraction_timeout',
  outOfMemory: 'extraction_out_of_memory',
  crash: 'reader_crashed',
  tooMuchOutput: 'extraction_output_too_large',
  recognitionTimeout: 'recognition_timeout',
  transformationTimeout: 'transformation_timeout',
  transformationOutOfMemory: 'transformation_out_of_memory',
} as const;

/** Code of a file that ended its reader in two jobs in a row: it rests until it changes or is asked for by hand. */
export const endsItsReader = 'ends_its_reader';

const unfinished: ReadonlySet<string> = new Set(Object.values(unfinishedReadings));
const endings: ReadonlySet<string> = new Set([unfinishedReadings.crash, unfinishedReadings.outOfMemory]);

/** Whether a code speaks of a reading that was not finished, rather than of what was read. */
export function isUnfinishedReading(code: string): boolean {
  return unfinished.has(code);
}

/** Whether a code says that the reader's process ended: it crashed or ran out of memory. */
export function endedItsReader(code: string | null): boolean {
  return code !== null && endings.has(code);
}

/** Languages that text recognition knows, by Tesseract's names (ISO 639-2): their data ship with Headwater. */
export const recognitionLanguages = ['eng', 'deu', 'fra', 'spa', 'ita', 'por', 'nld'] as const;

/** One page of a scan, or one picture, as text recognition has read it. */
export interface RecognisedPage {
  /** From 0. */
  readonly page: number;
  readonly text: string;
  /** From 0 to 100; null for a page that was given up. */
  readonly confidence: number | null;
}
