import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
/** GCM would take a tag of 4 bytes, which can be guessed. */
const tagBytes = 16;

const bytes = z.base64().transform((text) => Buffer.from(text, 'base64'));
const envelopeSchema = z.strictObject({
  v: z.literal(1),
  /** Names the key, so that an old key is told from a wrong one. */
  kid: z.string(),
  iv: bytes.refine(({ length }) => length === ivBytes),
  tag: bytes.refine(({ length }) => length === tagBytes),
  data: bytes,
});

/** AES-256-GCM, as it lies in a jsonb column. */
export type Envelope = z.input<typeof envelopeSchema>;

/**
 * Seals secrets with the current key. What is sealed for one row (`boundTo`: its id) opens for no other: each kind of secret
 * has ids of its own.
 */
export interface Keyring {
  seal(secret: unknown, boundTo: string): Envelope;
  /** @throws Error when the key, the row or the bytes are not those it was sealed with */
  open(envelope: unknown, boundTo: string): unknown;
  /** Is it sealed with the key that `seal` uses? */
  isCurrent(envelope: unknown): boolean;
}

/** @param hexKey 64 hexadecimal digits @param previous keys that no longer seal, but still open what they sealed */
export function createKeyring(hexKey: string, previous: readonly string[] = []): Keyring {
  const keys = new Map([hexKey, ...previous].toReversed().map((hex) => [idOf(hex), Buffer.from(hex, 'hex')]));
  const kid = idOf(hexKey);
  const key = Buffer.from(hexKey, 'hex');
  return {
    seal: (secret, boundTo) => {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes }).setAAD(Buffer.from(boundTo));
      const data = Buffer.concat([cipher.update(JSON.stringify(secret), 'utf8'), cipher.final()]);
      const [ivText, tag, text] = [iv, cipher.getAuthTag(), data].map((part) => part.toString('base64'));
      return { v: 1, kid, iv: ivText ?? '', tag: tag ?? '', data: text ?? '' };
    },
    open: (envelope, boundTo) => {
      const sealed = readEnvelope(envelope);
      const sealedWith = keys.get(sealed.kid);
      if (sealedWith === undefined) throw anotherKey(sealed.kid, kid);
      const decipher = createDecipheriv(algorithm, sealedWith, sealed.iv, { authTagLength: tagBytes })
        .setAAD(Buffer.from(boundTo))
        .setAuthTag(sealed.tag);
      const text = Buffer.concat([decipher.update(sealed.data), decipher.final()]);
      return JSON.parse(text.toString('utf8'));
    },
    isCurrent: (envelope) => readEnvelope(envelope).kid === kid,
  };
}

function readEnvelope(envelope: unknown): z.output<typeof envelopeSchema> {
  const read = envelopeSchema.safeParse(envelope);
  if (read.success) return read.data;
  throw new Error('What is stored is no sealed secret of Headwater: it was changed, or cut short.');
}

function anotherKey(sealedWith: string, current: string): Error {
  return new Error(
    `These credentials were encrypted with another ENCRYPTION_KEY (${sealedWith}; this one is ${current}). Put the key that they were encrypted with into ENCRYPTION_KEY_PREVIOUS.`,
  );
}

function idOf(hexKey: string): string {
  return createHash('sha256').update(Buffer.from(hexKey, 'hex')).digest('hex').slice(0, 8);
}

export interface KeySettings {
  readonly encryptionKey: string | undefined;
  readonly previousEncryptionKeys: readonly string[];
}

/** The configured key, else one of this data folder's own, made on the first start and readable by its owner only. */
export async function loadKeyring(
  { encryptionKey, previousEncryptionKeys }: KeySettings,
  dataDir: string,
): Promise<Keyring> {
  if (encryptionKey !== undefined) return createKeyring(encryptionKey, previousEncryptionKeys);
  const file = join(dataDir, 'encryption-key');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  try {
    // `wx` fails where the file exists: of two processes that start at once, one makes the key and both read it.
    await writeFile(file, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(Error.isError(error) && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return createKeyring((await readFile(file, 'utf8')).trim(), previousEncryptionKeys);
}
