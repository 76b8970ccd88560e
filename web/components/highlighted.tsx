import type { SearchHit } from '../api/types.ts';

interface HighlightedProps {
  readonly text: string;
  /** In UTF-16 code units, in order and without overlap; `end` is exclusive. */
  readonly ranges: SearchHit['highlights'];
}

/** A passage shows its words; that a line is a heading is Markdown that people do not read. */
function withoutHeadingMarks(text: string): string {
  return text.replaceAll(/(?<=^|\s)#{1,6} (?=\S|$)/g, '');
}

/** A passage with the matches marked. */
export function Highlighted({ text, ranges }: HighlightedProps) {
  return (
    <>
      {ranges.map(({ start, end }, i) => [
        withoutHeadingMarks(text.slice(ranges[i - 1]?.end ?? 0, start)),
        <mark key={start}>{text.slice(start, end)}</mark>,
      ])}
      {withoutHeadingMarks(text.slice(ranges.at(-1)?.end ?? 0))}
    </>
  );
}
