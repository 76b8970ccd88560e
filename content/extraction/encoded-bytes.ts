/**
 * Shortens bytes that are written as letters (base64): pictures and programs in data, settings, style sheets and pages. They
 * have no words, but would become thousands of chunks. A text has no run of letters as long as these.
 */

/** Keys, certificates and tokens are shorter, and stay. */
const minRun = 2000;
/** What remains says what kind of bytes it was, and finds it again. */
const keptLength = 40;
/** Bytes have capitals, small letters and digits; sequences of genes, digits of a number and filling have not. */
const minShare = 0.02;
const sampleLength = 100_000;

/** In one line, in which a slash may be escaped; a match begins only where a run does. */
const inOneLine = new RegExp(String.raw`(?<![\w+/=\\-])[\w+/=\\-]{${minRun},}`, 'g');
/** In lines of equal length, as programs break them, and perhaps indented. */
const inLines = /(?<![^\n])(?:[ \t]{0,40}[A-Za-z0-9+/]{60,80}\r?\n){25,}(?:[ \t]{0,40}[A-Za-z0-9+/]{0,80}={0,2})/g;

/** Each run reaches over one of the places that are this far apart, and the line there has that many of its characters. */
const step = 1000;
const aroundStep = 150;
const someOfRun = /[\w+/=\\-]{60}/;

/** @returns the text with the beginning of each such run, and an ellipsis for its rest */
export function withoutEncodedBytes(text: string): string {
  return mayHoldRun(text) ? text.replaceAll(inOneLine, shortened).replaceAll(inLines, shortened) : text;
}

/** Looking for runs everywhere takes twenty times as long, and hardly any text has one. */
function mayHoldRun(text: string): boolean {
  for (let at = step; at < text.length; at += step)
    if (someOfRun.test(text.slice(at - aroundStep, at + aroundStep))) return true;
  return false;
}

function shortened(run: string): string {
  const sample = run.slice(0, sampleLength);
  const shares = [/[A-Z]/g, /[a-z]/g, /\d/g].map((kind) => (sample.match(kind)?.length ?? 0) / sample.length);
  return shares.every((share) => share >= minShare) ? `${run.slice(0, keptLength)}…` : run;
}
