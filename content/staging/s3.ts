import type * as S3 from '@aws-sdk/client-s3';
import { SyncError } from '../../domain/errors.ts';
import { whyNoAnswer } from '../../domain/no-answer.ts';
import type { StagedFile, StagedFiles } from './staged-files.ts';

/** An object store with Amazon's S3 API. */
export interface S3Settings {
  readonly bucket: string;
  /** The beginning of every key, for a bucket that has other contents too; empty or ending with a slash. */
  readonly prefix: string;
  /** A server that is not Amazon's. It is addressed by path, because few have a host name for each bucket. */
  readonly endpoint: string | undefined;
  /** If undefined, the SDK finds it as usual (`AWS_REGION`, a profile). */
  readonly region: string | undefined;
}

/** Milliseconds until a connection stands, until an answer begins, and without a byte. */
const timeouts = { connectionTimeout: 5000, requestTimeout: 60_000, socketTimeout: 30_000 };
/** A call of any size has ended by then, in milliseconds. */
const deadlineMs = 180_000;
/** Attempts of one call; after that the activity is repeated, at increasing intervals. */
const maxAttempts = 3;
/** Objects that are deleted at the same time. */
const deleteConcurrency = 8;

/**
 * Staged files in an object store, so that workers need no folder in common. The SDK finds the credentials as usual:
 * variables, a web identity (IRSA), the role of a pod or a machine.
 *
 * Only calls that every store with this API has are made (put, get, list, delete), and without the checksums that the
 * SDK would add for Amazon: objects are identified by their hash, which is checked when they are read.
 */
export function createS3Files(settings: S3Settings): StagedFiles {
  const { bucket: Bucket, prefix } = settings;
  const connection = connect(settings);

  async function call<T>(work: (s3: Connection, options: { readonly abortSignal: AbortSignal }) => Promise<T>) {
    try {
      return await work(await connection, { abortSignal: AbortSignal.timeout(deadlineMs) });
    } catch (error) {
      throw stagingError(error);
    }
  }

  /** @param Delimiter ends names at the next one, so that folders are listed instead of all that is in them */
  async function* pages(Prefix: string, Delimiter?: string) {
    for (let ContinuationToken: string | undefined; ;) {
      const input = { Bucket, Prefix, Delimiter, ContinuationToken };
      const page = await call(({ sdk, client }, options) => client.send(new sdk.ListObjectsV2Command(input), options));
      yield page;
      ContinuationToken = page.NextContinuationToken;
      if (page.IsTruncated !== true || ContinuationToken === undefined) return;
    }
  }

  async function list(folder: string): Promise<StagedFile[]> {
    const files: StagedFile[] = [];
    for await (const { Contents = [] } of pages(`${prefix}${folder}/`))
      for (const { Key = '', Size = 0 } of Contents) files.push({ key: Key.slice(prefix.length), size: Size });
    return files;
  }

  const deleteOne = async (key: string): Promise<void> => {
    const input = { Bucket, Key: prefix + key };
    await call(({ sdk, client }, options) => client.send(new sdk.DeleteObjectCommand(input), options));
  };

  return {
    list,
    write: async (key, ...parts) => {
      const input = { Bucket, Key: prefix + key, Body: Buffer.concat(parts) };
      await call(({ sdk, client }, options) => client.send(new sdk.PutObjectCommand(input), options));
    },
    read: async (key) => {
      const input = { Bucket, Key: prefix + key };
      return await call(({ sdk, client }, options) =>
        bytesOf(client.send(new sdk.GetObjectCommand(input), options)).catch(nullIfMissing),
      );
    },
    topFolders: async () => {
      const names: string[] = [];
      for await (const { CommonPrefixes = [] } of pages(prefix, '/'))
        for (const { Prefix = '' } of CommonPrefixes) names.push(Prefix.slice(prefix.length, -1));
      return names;
    },
    deleteFolder: async (folder) => {
      const keys = (await list(folder)).map(({ key }) => key);
      while (keys.length > 0) await Promise.all(keys.splice(0, deleteConcurrency).map(deleteOne));
    },
  };
}

async function bytesOf(answer: Promise<S3.GetObjectCommandOutput>): Promise<Buffer> {
  return Buffer.from((await (await answer).Body?.transformToByteArray()) ?? []);
}

function nullIfMissing(error: unknown): null {
  if (Error.isError(error) && error.name === 'NoSuchKey') return null;
  throw error;
}

interface Connection {
  readonly sdk: typeof S3;
  readonly client: S3.S3Client;
}

/** The SDK is loaded only where it is used. */
async function connect({ endpoint, region }: S3Settings): Promise<Connection> {
  const sdk = await import('@aws-sdk/client-s3');
  const client = new sdk.S3Client({
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    // Servers that are not Amazon's have no regions, but the signature names one.
    ...(region === undefined ? (endpoint === undefined ? {} : { region: 'us-east-1' }) : { region }),
    maxAttempts,
    requestHandler: { ...timeouts, throwOnRequestTimeout: true },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return { sdk, client };
}

/** What a person can change, by the names that stores with this API use. */
const refusals: Readonly<Record<string, string>> = {
  NoSuchBucket: 'There is no such bucket: check STAGING_S3_BUCKET.',
  AccessDenied: 'Its credentials do not allow the call: they need to list, read, write and delete in the bucket.',
  InvalidAccessKeyId: 'It does not know the access key: check AWS_ACCESS_KEY_ID.',
  SignatureDoesNotMatch: 'It refused the secret key: check AWS_SECRET_ACCESS_KEY.',
  ExpiredToken: 'Its credentials have expired.',
  CredentialsProviderError: 'There are no credentials for it: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  RequestTimeTooSkewed: 'The clock of this machine is wrong.',
};

/** It concerns every item, so the step waits for the store instead of failing items. */
function stagingError(error: unknown): SyncError {
  const { name, status } = describe(error);
  const why = refusals[name] ?? whyNoAnswer(error);
  return new SyncError('unavailable', {
    code: 'staging_unavailable',
    scope: 'account',
    message: `The object store for staged bytes gave no usable answer.${why === null ? '' : ` ${why}`}`,
    operatorMessage: `S3: ${name}${status === undefined ? '' : ` (${status})`}`,
    cause: error,
  });
}

/** The SDK's messages may contain keys and host names, so only the name of the error is used. */
function describe(error: unknown): { readonly name: string; readonly status: number | undefined } {
  if (!Error.isError(error)) return { name: typeof error, status: undefined };
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return { name: error.name, status: $metadata?.httpStatusCode };
}
