/** Writes 32 hexadecimal digits (of a hash, of a vendor's id) as a UUID. */
export function toUuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
