/** Shorter words (the, who, in) stand everywhere; they are marked only where nothing else was asked for. */
const shortest = 4;

/** The words that were asked for, marked where the passage has them, by their beginning: “ferries” marks “ferry” not, “ferry’s” yes. */
export function Highlighted({ text, query }: { readonly text: string; readonly query: string }) {
  const asked = query.match(/[\p{L}\p{N}]+/gu) ?? [];
  const telling = asked.filter((word) => word.length >= shortest);
  const words = telling.length === 0 ? asked : telling;
  if (words.length === 0) return <>{text}</>;
  // Letters and digits only: nothing in them means anything to a pattern.
  const parts = text.split(new RegExp(`(?<![\\p{L}\\p{N}])((?:${words.join('|')})[\\p{L}\\p{N}]*)`, 'giu'));
  return (
    <>
      {parts.map((part, i) =>
        // A part has no name but its place.
        // oxlint-disable-next-line react/no-array-index-key
        i % 2 === 1 ? <mark key={i}>{part}</mark> : part,
      )}
    </>
  );
}
