/** What a long build tells a person: how far it is, instead of the lines of a compiler. */

import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';

const everyMs = 15_000;
/** Lines of the compiler that are shown if it fails. */
const shownLines = 15;

export interface BuildProgress extends Disposable {
  /** The last lines of the compiler, for a failure. */
  readonly lastLines: () => string;
}

/** Reads the compiler's lines, and says every 15 seconds how many modules Go has downloaded. */
export function followGoBuild(stderr: Readable, say: (line: string) => void): BuildProgress {
  const started = Date.now();
  const last: string[] = [];
  let modules = 0;
  createInterface({ input: stderr }).on('line', (line) => {
    if (line.startsWith('go: downloading ')) modules++;
    else last.push(line);
    if (last.length > shownLines) last.shift();
  });
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    say(`  … ${modules} Go modules downloaded, ${seconds} s`);
  }, everyMs);
  return { lastLines: () => last.join('\n'), [Symbol.dispose]: () => clearInterval(timer) };
}

/** Says how much of a download has arrived: each 20 MB, or at its end. */
export function createDownloadProgress(total: number | null, say: (line: string) => void): (bytes: number) => void {
  const stepBytes = 20 * 1024 ** 2;
  let arrived = 0;
  let said = 0;
  return (bytes) => {
    arrived += bytes;
    if (arrived - said < stepBytes) return;
    said = arrived;
    say(`  … ${megabytes(arrived)}${total === null ? '' : ` of ${megabytes(total)}`} MB`);
  };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 ** 2);
}
