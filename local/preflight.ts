/** What must hold before anything starts; each refusal says what to do. */

import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isListening } from './children.ts';

/** Start cannot go on; the message is for the person at the terminal. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Two starts over one data folder would ruin it: the second is refused. A lock left by a killed process is taken over. */
export async function takeDataFolder(dataDir: string): Promise<AsyncDisposable> {
  const file = join(dataDir, 'lock');
  const handle = await openLock(file, dataDir);
  await handle.writeFile(String(process.pid));
  await handle.close();
  return { [Symbol.asyncDispose]: async () => await rm(file, { force: true }) };
}

async function openLock(file: string, dataDir: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx', 0o600);
  } catch (error) {
    if (!(Error.isError(error) && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const owner = Number(await readFile(file, 'utf8').catch(() => ''));
  if (owner > 0 && owner !== process.pid && isAlive(owner)) {
    throw new StartError(
      `Headwater runs already over ${dataDir} (process ${owner}). Stop it first, or use another folder: --data-dir.`,
    );
  }
  return await open(file, 'w', 0o600);
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
    `Port ${port}, meant for ${what}, is in use by another program (lsof -i :${port} names it). Stop that, or choose another: npm start -- ${option} ${port + 1}`,
  );
}
