/** Moves the headings of a text below the one (`##`) under which the text becomes a section of another. */
export function lowerHeadings(text: string): string {
  return text.replaceAll(/^(#{1,4}[ \t])/gm, '##$1');
}
