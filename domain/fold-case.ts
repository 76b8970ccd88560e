/**
 * Makes equal what differs only in the case of letters. Lower case alone does not: the capital Σ at the end of a word
 * becomes σ or ς, and İ one character or two, depending on who lowers it (docs/vendors/dropbox.md#listing-and-delta).
 * `foldedCase` says the same in SQL.
 */
export function foldCase(text: string): string {
  return text.toLowerCase().replaceAll('ς', 'σ').replaceAll('i\u0307', 'i');
}
