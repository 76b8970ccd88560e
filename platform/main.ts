/**
 * Runs a program's main function. If the program cannot start, it ends with one line that says why, never with a stack
 * trace.
 */
export async function runProgram(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.error(`headwater: ${Error.isError(error) ? error.message : String(error)}`);
    if (process.env['DEBUG'] !== undefined) console.error(error);
    process.exitCode = 1;
  }
}
