/** Types for reading files that the activities and the readers share. Imports nothing. */

/**
 * Codes of readings that did not finish. The cause may be the machine's load rather than the file, so the item counts
 * as failed and later jobs retry it.
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

/**
 * Code of a file that ended its reader process in two jobs in a row. It is not read again until it changes or a person
 * requests it.
 */
export const endsItsReader = 'ends_its_reader';

const unfinished: ReadonlySet<string> = new Set(Object.values(unfinishedReadings));
const endings: ReadonlySet<string> = new Set([unfinishedReadings.crash, unfinishedReadings.outOfMemory]);

/** Whether a code means that reading did not finish, as opposed to a result of reading. */
export function isUnfinishedReading(code: string): boolean {
  return unfinished.has(code);
}

/** Whether a code means that the reader process ended: it crashed or ran out of memory. */
export function endedItsReader(code: string | null): boolean {
  return code !== null && endings.has(code);
}

/** Languages of text recognition, by Tesseract's names (ISO 639-2). Their data is included in Headwater. */
export const recognitionLanguages = ['eng', 'deu', 'fra', 'spa', 'ita', 'por', 'nld'] as const;

/** One page of a scan, or one picture, as text recognition has read it. */
export interface RecognizedPage {
  /** Counted from 0. */
  readonly page: number;
  readonly text: string;
  /** From 0 to 100; null for a page that was given up. */
  readonly confidence: number | null;
}

/** The bytes of one item, to be extracted. */
export interface ExtractionInput {
  readonly bytes: Uint8Array;
  readonly mimeType: string;
  readonly name: string;
  /** The pages that text recognition has read so far; absent if recognition is off. */
  readonly recognized?: readonly RecognizedPage[];
  /** Whether archives are unpacked. */
  readonly readsArchives?: boolean;
}
