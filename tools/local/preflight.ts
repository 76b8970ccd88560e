/** Checks the requirements before anything starts; each error says what to do. */

import { constants } from 'node:fs';
import { access, type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isListening } from './ports.ts';

/** Headwater cannot start; the message is for the person at the terminal. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Reads a port from the command line. @throws StartError naming the option */
export function readPort(text: string, option: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new StartError(`${option} ${text}: must be a port, a whole number from 1 to 65535.`);
}

/** @throws StartError naming two that are the same */
export function refuseEqualPorts(ports: Readonly<Record<string, number>>): void {
  const known = new Map<number, string>();
  for (const [what, port] of Object.entries(ports)) {
    const other = known.get(port);
    if (other !== undefined) throw new StartError(`${other} and ${what} are both ${port}. Choose different ports.`);
    known.set(port, what);
  }
}

/** @throws StartError if the folder cannot be used */
export async function makeDataFolder(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.W_OK);
  } catch (error) {
    const why =
      Error.isError(error) && 'code' in error ? (reasons[String(error.code)] ?? error.message) : String(error);
    throw new StartError(`The data folder ${dataDir} cannot be used: ${why}. Choose another folder with --data-dir.`);
  }
}

const reasons: Readonly<Record<string, string>> = {
  EEXIST: 'it is a file, not a folder',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EACCES: 'it is not writable',
  EROFS: 'its file system is read-only',
};

/**
 * Two instances with the same data folder would corrupt it, so the second one is refused. A lock left by a killed
 * process is taken over.
 */
export async function takeDataFolder(dataDir: string): Promise<AsyncDisposable> {
  const file = join(dataDir, 'lock');
  const handle = await openLock(file, dataDir);
  await handle.writeFile(`${process.pid} ${(await birthOf(process.pid)) ?? ''}`);
  await handle.close();
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
}

async function openLock(file: string, dataDir: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx', 0o600);
  } catch (error) {
    if (!(Error.isError(error) && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const [pid, birth = ''] = (await readFile(file, 'utf8').catch(() => '')).split(' ', 2);
  const owner = Number(pid);
  const isSame = birth === '' || birth === ((await birthOf(owner)) ?? birth);
  if (owner > 0 && owner !== process.pid && isAlive(owner) && isSame) {
    throw new StartError(
      `Headwater is already running with ${dataDir} (process ${owner}). Stop it first, or choose another folder with --data-dir.`,
    );
  }
  return await open(file, 'w', 0o600);
}

/**
 * When a process was started, as Linux counts it; null elsewhere. After a power cut and a restart of the machine, another
 * program has the number of the process that had locked the folder.
 */
async function birthOf(pid: number): Promise<string | null> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name of the program comes before, in brackets, and may contain blanks.
    const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${boot.trim()}/${startTime ?? ''}`;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return Error.isError(error) && 'code' in error && error.code === 'EPERM';
  }
}

/** @throws StartError naming the port and the option that changes it */
export async function refuseBusyPort(port: number, what: string, option: string): Promise<void> {
  if (port === 0 || !(await isListening(port))) return;
  throw new StartError(
    `Port ${port}, needed for ${what}, is in use by another program (lsof -i :${port} shows which). Stop that program, or choose another port: npm start -- ${option} ${port + 1}`,
  );
}
