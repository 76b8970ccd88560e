/** Beyond this number, letters and Roman numbers would be long. */
const maxSpelled = 500;

/**
 * Writes the number of an item of a list.
 * @param format Word's name of it; those of other scripts and in words are shown as plain numbers
 */
export function listNumber(count: number, format: string): string {
  if (format === 'none') return '';
  if (format === 'decimalZero') return String(count).padStart(2, '0');
  if (count < 1 || count > maxSpelled) return String(count);
  const isUpper = format.startsWith('upper');
  const spelled = format.endsWith('Letter') ? letters(count) : format.endsWith('Roman') ? roman(count) : String(count);
  return isUpper ? spelled.toUpperCase() : spelled;
}

/** The 27th is `aa`, the 28th `bb`. */
function letters(count: number): string {
  return String.fromCodePoint(0x61 + ((count - 1) % 26)).repeat(Math.ceil(count / 26));
}

const numerals: readonly (readonly [number, string])[] = [
  [100, 'c'],
  [90, 'xc'],
  [50, 'l'],
  [40, 'xl'],
  [10, 'x'],
  [9, 'ix'],
  [5, 'v'],
  [4, 'iv'],
  [1, 'i'],
];

function roman(count: number): string {
  if (count >= 500) return `d${count > 500 ? roman(count - 500) : ''}`;
  if (count >= 400) return `cd${count > 400 ? roman(count - 400) : ''}`;
  const [value, numeral] = numerals.find(([least]) => count >= least) ?? [count, ''];
  return count === value ? numeral : `${numeral}${roman(count - value)}`;
}
