import type { SearchHit } from '../api/types.ts';

interface HighlightedProps {
  readonly text: string;
  /** In UTF-16 code units, one after the other; `end` is exclusive. */
  readonly ranges: SearchHit['highlights'];
}

/** A passage with what was found in it marked, as the search has it. */
export function Highlighted({ text, ranges }: HighlightedProps) {
  return (
    <>
      {ranges.map(({ start, end }, i) => [
        text.slice(ranges[i - 1]?.end ?? 0, start),
        <mark key={start}>{text.slice(start, end)}</mark>,
      ])}
      {text.slice(ranges.at(-1)?.end ?? 0)}
    </>
  );
}
