import { expect, test } from '@jest/globals';
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

test('an empty payload and a changed one', async () => {
  const codec = createPayloadCodec(createKeyring(newKey), true);
  const nothing = { metadata: { encoding: Buffer.from('binary/null') } };
  expect(await codec.decode(await codec.encode([nothing]))).toMatchObject([{ data: Buffer.alloc(0) }]);
  const [sealed] = await codec.encode([payload]);
  const text = Buffer.from(sealed?.data ?? []).toString();
  const changed = {
    ...sealed,
    data: Buffer.from(text.replace(/"data":"(.)/, (_, first) => `"data":"${first === 'A' ? 'B' : 'A'}`)),
  };
  await expect(codec.decode([changed])).rejects.toThrow();
});
