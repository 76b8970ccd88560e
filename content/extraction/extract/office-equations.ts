/** Writes what the structure of an equation in an Office file means, so that its letters and numbers stay apart. */

type Attributes = Readonly<Record<string, string>>;

/** An element of an equation that has not ended, and the signs that it states. */
interface OpenElement {
  readonly name: string;
  readonly signs: Record<string, string>;
  /** Number of its arguments so far. */
  count: number;
}

/** Elements whose arguments are told apart by their place. */
const separate = /^(nary|limLow|limUpp|mr|eqArr)$/;
const argument = /^(e|sub|sup|lim|mr)$/;

/** Hears of each element of a document, and says what to write at it. */
export class EquationSigns {
  readonly #open: OpenElement[] = [];

  /** @returns the text in front of what the element contains */
  readonly open = (name: string, attributes: Attributes): string => {
    if (this.#open.length === 0 && name !== 'oMath') return '';
    const parent = this.#open.at(-1);
    const owner = this.#open.at(-2);
    // Signs are stated in the properties of their element, before its arguments.
    if (owner !== undefined && parent?.name === `${owner.name}Pr` && attributes['val'] !== undefined)
      owner.signs[name] = attributes['val'];
    this.#open.push({ name, signs: {}, count: 0 });
    return parent === undefined ? '' : signBefore(name, parent);
  };

  /** @returns the text behind what the element contains */
  readonly close = (name: string): string => {
    if (this.#open.length === 0) return '';
    const closed = this.#open.pop();
    if (name === 'd') return closed?.signs['endChr'] ?? ')';
    return name === 'fName' ? ' ' : '';
  };
}

function signBefore(name: string, parent: OpenElement): string {
  if (name === 'den') return '/';
  if (!argument.test(name)) return '';
  const isFirst = parent.count++ === 0;
  if (parent.name === 'd') return isFirst ? (parent.signs['begChr'] ?? '(') : (parent.signs['sepChr'] ?? '|');
  if (parent.name === 'rad') return name === 'e' ? '√' : '';
  if (parent.name === 'nary' && isFirst) return `${parent.signs['chr'] ?? '∫'} `;
  return separate.test(parent.name) && (!isFirst || parent.name === 'mr') ? ' ' : '';
}
