/** Generates text from a seed: the same everywhere, different for each seed, with headings and paragraphs. */

const vocabulary =
  'river bridge ledger harbour invoice meeting schedule budget planning quarter customer product release storage engine ' +
  'signal window packet folder archive summary review contract supplier shipment market harvest mountain valley forest ' +
  'station railway journey library garden kitchen window copper silver marble timber canvas lantern compass anchor ' +
  'captain village council teacher student lesson chapter history science theory method result measure sample pattern ' +
  'memory network channel message account balance payment refund receipt ticket support incident monitor report figure ' +
  'weather season winter summer autumn spring morning evening letter number order question answer problem reason cause';
const words = [...new Set(vocabulary.split(' '))];

/** A small, fast generator (mulberry32): 0 ≤ x < 1. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** Generates a Markdown document of about `length` characters. */
export function generateText(seed: number, length: number): string {
  const next = random(seed);
  const word = (): string => words[Math.floor(next() * words.length)] ?? 'word';
  const lines = [`# ${word()} ${word()} ${seed}`, ''];
  let total = 0;
  while (total < length) {
    if (next() < 0.15) lines.push(`## ${word()} ${word()}`, '');
    const count = 20 + Math.floor(next() * 60);
    let paragraph = '';
    for (let i = 0; i < count; i++) paragraph += (i === 0 ? '' : i % 12 === 0 ? '. ' : ' ') + word();
    lines.push(`${paragraph} ${Math.floor(next() * 1e6)}.`, '');
    total += paragraph.length + 8;
  }
  return lines.join('\n');
}
