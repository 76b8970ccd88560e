/** Writes 32 hexadecimal digits (of a hash, of a vendor's id) as a UUID. */
export function toUuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * Makes a random UUID one of version 7, which sorts by its time. For workflows: they have no randomness but that of their SDK,
 * whose UUIDs are of version 4.
 * @param ms the time, in milliseconds since 1970
 */
export function timedUuid(ms: number, random: string): string {
  const time = ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}
