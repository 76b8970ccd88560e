import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
/** GCM would accept a tag of 4 bytes, which can be guessed. */
const tagBytes = 16;

const bytes = z.base64().transform((text) => Buffer.from(text, 'base64'));
const envelopeSchema = z.strictObject({
  v: z.literal(1),
  /** Identifies the key, so that an old key can be told apart from a wrong one. */
  kid: z.string(),
  iv: bytes.refine(({ length }) => length === ivBytes),
  tag: bytes.refine(({ length }) => length === tagBytes),
  data: bytes,
});

/** AES-256-GCM ciphertext as stored in a jsonb column. */
export type Envelope = z.input<typeof envelopeSchema>;

/**
 * Encrypts secrets with the current key. A secret sealed for one row (`boundTo`, its id) cannot be opened for another:
 * each kind of secret has separate ids.
 */
export interface Keyring {
  seal(secret: unknown, boundTo: string): Envelope;
  /** @throws Error if the key, the row or the bytes differ from those at sealing */
  open(envelope: unknown, boundTo: string): unknown;
  /** Checks whether it is sealed with the key that `seal` uses. */
  isCurrent(envelope: unknown): boolean;
}

/**
 * @param hexKey 64 hexadecimal digits
 * @param previous keys that no longer seal, but still open what they sealed
 */
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
  throw new Error('The stored value is not a secret sealed by Headwater: it was changed or truncated.');
}

function anotherKey(sealedWith: string, current: string): Error {
  return new Error(
    `These credentials were encrypted with a different ENCRYPTION_KEY (${sealedWith}; the current one is ${current}). Put the key that encrypted them into ENCRYPTION_KEY_PREVIOUS.`,
  );
}

function idOf(hexKey: string): string {
  return createHash('sha256').update(Buffer.from(hexKey, 'hex')).digest('hex').slice(0, 8);
}

export interface KeySettings {
  readonly encryptionKey: string | undefined;
  readonly previousEncryptionKeys: readonly string[];
}

/**
 * Uses the configured key, or a key stored in the data folder, which is created at the first start and readable only by
 * its owner.
 * @throws Error if the stored key is damaged
 */
export async function loadKeyring(
  { encryptionKey, previousEncryptionKeys }: KeySettings,
  dataDir: string,
): Promise<Keyring> {
  if (encryptionKey !== undefined) return createKeyring(encryptionKey, previousEncryptionKeys);
  const file = join(dataDir, 'encryption-key');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) await createKeyFile(file);
  const key = (await readFile(file, 'utf8')).trim();
  if (!/^[0-9a-f]{64}$/iu.test(key)) throw damagedKey(file);
  return createKeyring(key, previousEncryptionKeys);
}

/**
 * A link appears with the whole key in it and fails if the file exists: of two processes that start at the same time,
 * one creates the key and both read it, and one that is killed here leaves no half of a key.
 */
async function createKeyFile(file: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600, flush: true });
  try {
    await link(draft, file);
  } catch (error) {
    if (!(Error.isError(error) && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
}

function damagedKey(file: string): Error {
  return new Error(
    `${file} does not hold a key of 64 hexadecimal digits. Put it back from a backup; if no source has been connected yet, delete it, and a new one is created.`,
  );
}
