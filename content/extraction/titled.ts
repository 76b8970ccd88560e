const maxTitleLength = 200;
const fileEnding = /\.[a-z0-9]{1,5}$/i;

/**
 * What is embedded before each chunk of a document: its title, because a part from the middle does not say what it is
 * about. A document with a different title therefore has different vectors.
 * @returns '' without a title
 */
export function titleLines(name: string): string {
  const title = name.replace(fileEnding, '').replaceAll(/\s+/gu, ' ').trim().slice(0, maxTitleLength).toWellFormed();
  return title === '' ? '' : `${title}\n\n`;
}
