import { isSyncError } from './errors.ts';

/**
 * What a log says of an error. Of an unknown one, these are its code, its class and where it was thrown: its message may
 * quote anything (a path, a text, the row that PostgreSQL refused), and so may its other fields (P7).
 */
export function loggedError(error: unknown) {
  if (isSyncError(error)) return { kind: error.kind, code: error.code, reason: error.operatorMessage };
  const reason = Error.isError(error) ? error.name : typeof error;
  return { code: errorCode(error), reason, at: placesOf(error), ...causeOf(error) };
}

/** The code of a database or system error if there is one, or else the class name. */
export function errorCode(error: unknown): string {
  if (!Error.isError(error)) return typeof error;
  // What a step throws for Temporal names itself by its type.
  const type: unknown = error.name === 'ApplicationFailure' && 'type' in error ? error.type : undefined;
  const code: unknown = type ?? ('code' in error ? error.code : undefined);
  return typeof code === 'string' && code !== '' ? code : error.name;
}

/** Temporal's client wraps the errors of gRPC, whose codes are numbers. */
function causeOf(error: unknown): { readonly cause?: string | number } {
  if (!Error.isError(error) || error.cause === undefined) return {};
  const { cause } = error;
  return {
    cause: Error.isError(cause) && 'code' in cause && typeof cause.code === 'number' ? cause.code : errorCode(cause),
  };
}

/** Returns where an error was thrown, as its stack states, the innermost place first. */
export function placesOf(error: unknown): readonly string[] {
  const lines = Error.isError(error) ? (error.stack ?? '').split('\n') : [];
  return lines
    .filter((line) => /^\s+at .+:\d+\)?$/.test(line))
    .slice(0, 6)
    .map((line) => line.trim());
}
