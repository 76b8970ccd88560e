/** Follows the cursors of one list. */

/**
 * Returns a function that passes each next cursor on. A cursor that the list has returned before leads around a circle,
 * of one page or of several, so it throws the error instead.
 */
export function followCursors(endless: () => Error): (next: string | null) => string | null {
  const followed = new Set<string>();
  return (next) => {
    if (next !== null && followed.has(next)) throw endless();
    if (next !== null) followed.add(next);
    return next;
  };
}
