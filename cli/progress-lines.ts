/** Progress without a bar: a line on the error output whenever something has changed. */
export function createLines() {
  let last = '';
  const say = (line: string): void => {
    if (line !== last && line !== '') console.error(line);
    last = line;
  };
  return { say, away: ({ message }: Error): void => say(awayLine(message)) };
}

/** What is said while Headwater does not answer, as while it is updated. */
export function awayLine(message: string): string {
  return `waiting for Headwater: ${message}`;
}
