/** Trims spaces at both ends but keeps form feeds, because they define the page on which the text begins. */
export function trimText(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start])) start++;
  while (end > start && isBlank(text[end - 1])) end--;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character !== '\f' && character?.trim() === '';
}
