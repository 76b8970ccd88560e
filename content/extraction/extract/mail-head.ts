/** The lines that stand above a mail's text: what is known, in order. */
export function mailHead(facts: Readonly<Record<string, string>>): string {
  const known = Object.entries(facts).filter(([, value]) => value !== '');
  return known.map(([name, value]) => `${name}: ${value}`).join('\n');
}
