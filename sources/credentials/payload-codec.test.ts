import { expect, test } from '@jest/globals';
import { PayloadUnreadableError } from '../../domain/errors.ts';
import { createKeyring } from './keyring.ts';
import { createPayloadCodec } from './payload-codec.ts';

const [oldKey, newKey] = ['aa', 'bb'].map((pair) => pair.repeat(32)) as [string, string];
const payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"the ferry"') };

test('what was encrypted is read again, also with a key that was replaced, and when encryption is switched off', async () => {
  const sealed = await createPayloadCodec(createKeyring(oldKey), true).encode([payload]);
  expect(JSON.stringify(sealed)).not.toContain(payload.data.toString('base64').slice(0, 8));
  for (const keyring of [createKeyring(oldKey), createKeyring(newKey, [oldKey])])
    expect(await createPayloadCodec(keyring, false).decode(sealed)).toEqual([payload]);
  await expect(createPayloadCodec(createKeyring(newKey), true).decode(sealed)).rejects.toThrow(
    'ENCRYPTION_KEY_PREVIOUS',
  );
});

test('what is not encrypted stays as it is: older histories, and inputs that a person sends by hand', async () => {
  const on = createPayloadCodec(createKeyring(newKey), true);
  expect(await on.decode([payload])).toEqual([payload]);
  expect(await createPayloadCodec(createKeyring(newKey), false).encode([payload])).toEqual([payload]);
  const once = await on.encode([payload]);
  expect(await on.encode(once)).toEqual(once);
});

test('an empty payload stays empty', async () => {
  const codec = createPayloadCodec(createKeyring(newKey), true);
  const nothing = { metadata: { encoding: Buffer.from('binary/null') } };
  expect(await codec.decode(await codec.encode([nothing]))).toEqual([{ ...nothing, data: Buffer.alloc(0) }]);
});

test('what was changed is not read, nor what was sealed for anything else', async () => {
  const keyring = createKeyring(newKey);
  const codec = createPayloadCodec(keyring, true);
  const [sealed] = await codec.encode([payload]);
  const envelope = JSON.parse(Buffer.from(sealed?.data ?? []).toString()) as Record<'iv' | 'tag' | 'data', string>;
  const flip = (text: string): string => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;
  const changed: readonly unknown[] = [
    { ...envelope, data: flip(envelope.data) },
    { ...envelope, iv: flip(envelope.iv) },
    { ...envelope, tag: flip(envelope.tag) },
    { ...envelope, tag: Buffer.from(envelope.tag, 'base64').subarray(0, 4).toString('base64') },
    { ...envelope, kid: 'another' },
    keyring.seal({ metadata: {}, data: '' }, 'the id of a data source'),
    keyring.seal('no payload', 'temporal payload'),
    'no envelope',
  ];
  for (const data of [...changed.map((each) => JSON.stringify(each)), '{', '']) {
    const other = { metadata: sealed?.metadata ?? {}, data: Buffer.from(data) };
    await expect(codec.decode([other])).rejects.toThrow(PayloadUnreadableError);
  }
});

test('the same payload is never encrypted to the same bytes', async () => {
  const codec = createPayloadCodec(createKeyring(newKey), true);
  const [one, two] = await codec.encode([payload, payload]);
  expect(one?.data).not.toEqual(two?.data);
});
