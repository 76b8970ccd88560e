/**
 * `node scripts/replay.ts HISTORY.json …`: checks that today's workflow code can replay recorded histories, which come
 * from `temporal workflow show --output json`. It is a separate process because the protobuf library does not recognize
 * its own types inside jest.
 */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { readConfig } from '../platform/config.ts';
import { findWorkflowBundle } from '../platform/workflow-bundle.ts';
import { quietTemporal } from '../platform/temporal-logging.ts';
import { createKeyring } from '../sources/credentials/keyring.ts';
import { createPayloadCodec } from '../sources/credentials/payload-codec.ts';

interface RecordedHistory {
  readonly events: readonly { readonly workflowExecutionStartedEventAttributes?: { readonly workflowId: string } }[];
}

quietTemporal(pino({ level: 'silent' }));
const workflowBundle = await findWorkflowBundle();
// A history of an installation that encrypts payloads needs its ENCRYPTION_KEY.
const { encryptionKey, previousEncryptionKeys } = readConfig();
const keyring = encryptionKey === undefined ? null : createKeyring(encryptionKey, previousEncryptionKeys);
const dataConverter = keyring === null ? {} : { payloadCodecs: [createPayloadCodec(keyring, false)] };
for (const file of process.argv.slice(2)) {
  const history = JSON.parse(await readFile(file, 'utf8')) as RecordedHistory;
  // Ids of children are derived from the workflow's own id, so it must be the recorded one.
  const workflowId = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId;
  await Worker.runReplayHistory({ workflowBundle, dataConverter, replayName: basename(file) }, history, workflowId);
  console.log(`replayed ${basename(file)}`);
}
