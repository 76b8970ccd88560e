/** SQLSTATE classes: 22 is an invalid value for a type, 23 a constraint violation, 54000 a server limit (an index row). */
const ofTheData = /^(?:22...|23...|54000)$/;

/** A value that PostgreSQL would reject, found before it was sent. */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue';
  /** The SQLSTATE of an invalid binary form. */
  readonly code = '22P03';
}

/** Whether the statement failed because of its data, in which case retrying it cannot help. */
export function isDataError(error: unknown): boolean {
  return ofTheData.test(sqlStateOf(error) ?? '');
}

/**
 * @returns the SQLSTATE of a PostgreSQL error (five characters, of no class that begins with E), or null for any other
 * error: codes of the system such as EROFS have five characters too
 */
export function sqlStateOf(error: unknown): string | null {
  const code: unknown = Error.isError(error) && 'code' in error ? error.code : null;
  return typeof code === 'string' && /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code) ? code : null;
}
