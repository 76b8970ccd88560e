import { type ChildProcess, spawn } from 'node:child_process';
import { access, chmod, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createDownloadProgress, followGoBuild } from './build-progress.ts';

const version = '1.5.1';
const downloadTimeoutMs = 60_000;

/** There is no usable Temporal CLI; the message says what to do. */
export class TemporalCliError extends Error {
  override readonly name = 'TemporalCliError';
}

/**
 * Finds the Temporal CLI, which contains the server and its Web UI: in `TEMPORAL_CLI`, the PATH, our cache, by
 * download, or built with Go (two to four minutes, once).
 * @param say receives a line before anything that takes long
 * @throws TemporalCliError with what a person can do
 */
export async function findTemporalCli(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<string> {
  const named = env['TEMPORAL_CLI'];
  if (named !== undefined && named !== '') {
    if (await isExecutable(named)) return named;
    throw new TemporalCliError(`TEMPORAL_CLI is ${named}, which is not an executable file.`);
  }
  const found = (await findOnPath('temporal', env)) ?? ((await isExecutable(cachedCli(env))) ? cachedCli(env) : null);
  if (found !== null) return found;
  say(`Fetching Temporal's server and CLI, once: 100 MB, 240 MB in ${cacheFolder(env)} …`);
  if (await place(env, (folder) => download(folder, say))) return cachedCli(env);
  say('Its download cannot be reached. Building it with Go instead, once: 2 to 4 minutes …');
  if ((await findOnPath('go', env)) === null) {
    throw new TemporalCliError(
      'Headwater needs Temporal, but its download cannot be reached and Go is not installed to build it. Install Go, or the Temporal CLI (https://docs.temporal.io/cli), or set TEMPORAL_CLI or TEMPORAL_ADDRESS.',
    );
  }
  const built = await place(env, (folder) => build(folder, env, say));
  if (!built) throw new TemporalCliError('Building the Temporal CLI with Go failed. The output above says why.');
  return cachedCli(env);
}

function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'headwater');
}

function cachedCli(env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), `temporal-${version}`);
}

/**
 * Makes the binary in a separate folder and then moves it into place, so that other processes see either all of it or
 * nothing.
 */
async function place(env: NodeJS.ProcessEnv, make: (folder: string) => Promise<boolean>): Promise<boolean> {
  await mkdir(cacheFolder(env), { recursive: true });
  const folder = await mkdtemp(join(cacheFolder(env), 'temporal-'));
  try {
    if (!(await make(folder))) return false;
    await chmod(join(folder, 'temporal'), 0o755);
    await rename(join(folder, 'temporal'), cachedCli(env));
    return true;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function download(folder: string, say: (line: string) => void): Promise<boolean> {
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const url = `https://temporal.download/cli/archive/v${version}?platform=${process.platform}&arch=${arch}`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(downloadTimeoutMs) });
    if (!response.ok || response.body === null) return false;
    const length = Number(response.headers.get('content-length') ?? 0);
    const progress = createDownloadProgress(length === 0 ? null : length, say);
    const tar = spawn('tar', ['-xz', '-C', folder, 'temporal'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const ended = ended0(tar);
    for await (const part of response.body) {
      tar.stdin.write(part);
      progress(part.byteLength);
    }
    tar.stdin.end();
    return await ended;
  } catch {
    return false;
  }
}

async function build(folder: string, env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<boolean> {
  const go = spawn('go', ['install', `github.com/temporalio/cli/cmd/temporal@v${version}`], {
    env: { ...env, GOBIN: folder, GOFLAGS: '-mod=mod' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  using progress = followGoBuild(go.stderr, say);
  const isBuilt = await ended0(go);
  if (!isBuilt) say(progress.lastLines());
  return isBuilt;
}

async function ended0(child: ChildProcess): Promise<boolean> {
  return await new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
}

async function findOnPath(name: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder !== '' && (await isExecutable(join(folder, name)))) return join(folder, name);
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
