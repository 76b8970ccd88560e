/** Writes what the structure of an equation in MathML means, as in pages, books and documents of OpenDocument. */

/** Cells of a matrix, and its rows. */
const cells = /^m(td|tr|labeledtr)$/;

/**
 * Returns the sign in front of an element of an equation, so that 1/2 is not read as 12.
 * @param isFirst whether the element is the first one in its parent
 */
export function mathSign(name: string, parent: string, isFirst: boolean): string {
  const separator = isFirst ? '' : parent === 'mfrac' ? '/' : cells.test(name) ? ' ' : '';
  return name === 'msqrt' ? `${separator}√` : separator;
}

/** Sets off names of functions such as `log` from what follows; variables have one letter. */
export function mathName(name: string): string {
  return /^\s*[a-z]{2,}\s*$/i.test(name) ? ` ${name.trim()} ` : name.trim();
}
