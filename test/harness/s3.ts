/** An S3 server for tests: versitygw, a gateway that speaks S3 over a folder and is used in production. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Settings } from '../../content/staging/s3.ts';
import { freePort } from '../../tools/local/ports.ts';
import { findGoProgram } from './go-programs.ts';
import { until } from './until.ts';

const credentials = { AWS_ACCESS_KEY_ID: 'headwater', AWS_SECRET_ACCESS_KEY: 'headwater-secret' };

export interface S3Server extends AsyncDisposable {
  readonly settings: S3Settings & { readonly endpoint: string };
  /** The variables of a worker that stages its bytes there. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts it with one empty bucket. The SDK in this process gets its credentials too. */
export async function startS3(): Promise<S3Server> {
  const gateway = await findGoProgram('versitygw');
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
