/** SQLSTATE classes: 22 a value that its type does not hold, 23 a constraint, 54000 a limit of the server (an index row, a text search vector). */
const ofTheData = /^(?:22...|23...|54000)$/;

/** Did the statement fail for what is in the data, so that the same data fails again however often it is tried? */
export function isDataError(error: unknown): boolean {
  return ofTheData.test(sqlStateOf(error) ?? '');
}

/** The five characters by which PostgreSQL names an error; null for what is none of its errors. */
export function sqlStateOf(error: unknown): string | null {
  const code: unknown = Error.isError(error) && 'code' in error ? error.code : null;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}
