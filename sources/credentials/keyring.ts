import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** AES-256-GCM, as it lies in a jsonb column. `kid` names the key, so that an old key is told from a wrong one. */
export interface Envelope {
  readonly v: 1;
  readonly kid: string;
  readonly iv: string;
  readonly tag: string;
  readonly data: string;
}

/** Seals secrets. What is sealed for one place (`boundTo`: a data source's id) opens nowhere else. */
export interface Keyring {
  seal(secret: unknown, boundTo: string): Envelope;
  /** @throws Error when the key, the place or the bytes are not those it was sealed with */
  open(envelope: unknown, boundTo: string): unknown;
}

const algorithm = 'aes-256-gcm';

/** @param hexKey 64 hexadecimal digits */
export function createKeyring(hexKey: string): Keyring {
  const key = Buffer.from(hexKey, 'hex');
  const kid = createHash('sha256').update(key).digest('hex').slice(0, 8);
  return {
    seal: (secret, boundTo) => {
      const iv = randomBytes(12);
      const cipher = createCipheriv(algorithm, key, iv).setAAD(Buffer.from(boundTo));
      const data = Buffer.concat([cipher.update(JSON.stringify(secret), 'utf8'), cipher.final()]);
      return {
        v: 1,
        kid,
        iv: iv.toString('base64'),
        tag: cipher.getAuthTag().toString('base64'),
        data: data.toString('base64'),
      };
    },
    open: (envelope, boundTo) => {
      const sealed = envelope as Envelope;
      if (sealed.kid !== kid) {
        throw new Error(
          `These credentials were encrypted with another ENCRYPTION_KEY (${sealed.kid}; this one is ${kid}).`,
        );
      }
      const decipher = createDecipheriv(algorithm, key, Buffer.from(sealed.iv, 'base64'))
        .setAAD(Buffer.from(boundTo))
        .setAuthTag(Buffer.from(sealed.tag, 'base64'));
      const text = Buffer.concat([decipher.update(Buffer.from(sealed.data, 'base64')), decipher.final()]);
      return JSON.parse(text.toString('utf8'));
    },
  };
}

/** The configured key, else one of this data folder's own, made on the first start and readable by its owner only. */
export async function loadKeyring(configured: string | undefined, dataDir: string): Promise<Keyring> {
  if (configured !== undefined) return createKeyring(configured);
  const file = join(dataDir, 'encryption-key');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  try {
    // `wx` fails where the file exists: of two processes that start at once, one makes the key and both read it.
    await writeFile(file, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(Error.isError(error) && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return createKeyring((await readFile(file, 'utf8')).trim());
}
