/** Returns the header lines above a mail's text: all known facts in order. */
export function mailHead(facts: Readonly<Record<string, string>>): string {
  const known = Object.entries(facts).filter(([, value]) => value !== '');
  return known.map(([name, value]) => `${name}: ${value}`).join('\n');
}
