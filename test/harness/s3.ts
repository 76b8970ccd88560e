/**
 * An S3 server for tests: versitygw, a gateway that speaks S3 over a folder and is used in production. Go builds it once
 * (a minute), as it does Temporal's server where that cannot be downloaded.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Settings } from '../../content/staging/s3.ts';
import { freePort } from '../../tools/local/children.ts';
import { until } from './until.ts';

const version = '1.8.0';
const credentials = { AWS_ACCESS_KEY_ID: 'headwater', AWS_SECRET_ACCESS_KEY: 'headwater-secret' };

export interface S3Server extends AsyncDisposable {
  readonly settings: S3Settings & { readonly endpoint: string };
  /** The variables of a worker that stages its bytes there. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts it with one empty bucket. The SDK in this process gets its credentials too. */
export async function startS3(): Promise<S3Server> {
  const gateway = await findGateway();
  const folder = await mkdtemp(join(tmpdir(), 'headwater-s3-'));
  const bucket = 'headwater-test';
  await mkdir(join(folder, bucket));
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const child = spawn(gateway, ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', '--nometa', folder], {
    env: {
      PATH: process.env['PATH'],
      ROOT_ACCESS_KEY: credentials.AWS_ACCESS_KEY_ID,
      ROOT_SECRET_KEY: credentials.AWS_SECRET_ACCESS_KEY,
    },
    stdio: ['ignore', 'ignore', process.env['DEBUG'] === undefined ? 'ignore' : 'inherit'],
  });
  Object.assign(process.env, credentials);
  await until(() =>
    fetch(endpoint).then(
      () => true,
      () => child.exitCode !== null && ended(child),
    ),
  );
  const settings = { bucket, prefix: 'staging/', endpoint, region: undefined };
  return {
    settings,
    environment: {
      ...credentials,
      STAGING_S3_BUCKET: bucket,
      STAGING_S3_PREFIX: settings.prefix,
      STAGING_S3_ENDPOINT: endpoint,
    },
    [Symbol.asyncDispose]: async () => {
      const exit = once(child, 'exit');
      if (child.kill()) await exit;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function ended({ exitCode }: ChildProcess): never {
  throw new Error(`the S3 server ended with ${exitCode}; DEBUG=1 shows why`);
}

/** In the cache, or built there. @throws Error that says what is missing */
async function findGateway(): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'headwater');
  const file = join(cache, `versitygw-${version}`);
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere) return file;
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'versitygw-'));
  try {
    const go = spawn('go', ['install', `github.com/versity/versitygw/cmd/versitygw@v${version}`], {
      env: { ...process.env, GOBIN: folder },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [status] = (await once(go, 'close')) as [number | null];
    if (status !== 0) throw new Error('Go could not build versitygw; its own lines above say why.');
    await rename(join(folder, 'versitygw'), file);
    return file;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
