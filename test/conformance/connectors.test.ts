import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { pino } from 'pino';
import PostalMime from 'postal-mime';
import type { ConnectorContext } from '../../sources/connectors/connector.ts';
import { dropboxConfig } from '../../sources/connectors/dropbox/config.ts';
import { createDropboxConnector } from '../../sources/connectors/dropbox/connector.ts';
import { gmailConfig } from '../../sources/connectors/gmail/config.ts';
import { createGmailConnector } from '../../sources/connectors/gmail/connector.ts';
import { gmailOAuth } from '../../sources/connectors/gmail/oauth.ts';
import { createGoogleDriveConnector } from '../../sources/connectors/google-drive/connector.ts';
import { googleDriveConfig } from '../../sources/connectors/google-drive/config.ts';
import { createHostileConnector, HostileSource } from '../doubles/hostile/connector.ts';
import { localFolderConfig } from '../../sources/connectors/local-folder/config.ts';
import { createLocalFolderConnector } from '../../sources/connectors/local-folder/connector.ts';
import { notionConfig } from '../../sources/connectors/notion/config.ts';
import { createNotionConnector } from '../../sources/connectors/notion/connector.ts';
import { startDropbox } from '../../tools/simulators/dropbox/server.ts';
import { createOneDriveConnector } from '../../sources/connectors/onedrive/connector.ts';
import { oneDriveConfig } from '../../sources/connectors/onedrive/config.ts';
import { slackConfig } from '../../sources/connectors/slack/config.ts';
import { createSlackConnector } from '../../sources/connectors/slack/connector.ts';
import { startGoogle } from '../../tools/simulators/google/server.ts';
import { startNotion } from '../../tools/simulators/notion/server.ts';
import { startMicrosoft } from '../../tools/simulators/microsoft/server.ts';
import { createUploadConnector } from '../../sources/connectors/upload/connector.ts';
import { startSlack } from '../../tools/simulators/slack/server.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { createUploadSource } from '../harness/uploads.ts';
import { describeConformance } from './suite.ts';

const maxItemBytes = 64 * 1024;
const context: ConnectorContext = {
  tokens: { accessToken: async () => await Promise.resolve(''), invalidate: () => {} },
  throttle: async () => await Promise.resolve(),
  logger: pino({ level: 'silent' }),
  maxItemBytes,
};

describeConformance({
  name: 'google_drive',
  manyItems: 12,
  open: async () => {
    const google = await startGoogle();
    google.switches.maxPage = 5;
    const account = google.state.account('ana@example.com');
    const { accessToken } = google.oauth.issue(account.email);
    const tokens = { accessToken: async () => await Promise.resolve(accessToken), invalidate: () => {} };
    return {
      connector: createGoogleDriveConnector(googleDriveConfig.parse({}), { ...context, tokens }, google.url),
      maxItemBytes,
      add: async (name, content) => await Promise.resolve(account.addFile({ name, content })),
      update: async (id, content) => await Promise.resolve(account.update(id, content)),
      remove: async (id) => await Promise.resolve(account.delete(id)),
      expirePositions: async () => await Promise.resolve(account.expireTokens()),
      mutatingCalls: () => google.log.mutating().length,
      [Symbol.asyncDispose]: async () => await google[Symbol.asyncDispose](),
    };
  },
});

for (const type of ['business', 'personal'] as const) {
  describeConformance({
    name: `onedrive (${type})`,
    manyItems: 12,
    open: async () => {
      const microsoft = await startMicrosoft();
      microsoft.switches.maxPage = 5;
      const account = microsoft.state.account('ana@example.com', type);
      const { accessToken } = microsoft.oauth.issue(account.email);
      const tokens = { accessToken: async () => await Promise.resolve(accessToken), invalidate: () => {} };
      const itemId = (externalId: string): string => externalId.split(':')[1] ?? '';
      return {
        connector: createOneDriveConnector(oneDriveConfig.parse({}), { ...context, tokens }, microsoft.url),
        maxItemBytes,
        add: async (name, content) => await Promise.resolve(account.externalId(account.addFile({ name, content }))),
        update: async (id, content) => await Promise.resolve(account.update(itemId(id), content)),
        remove: async (id) => await Promise.resolve(account.delete(itemId(id))),
        expirePositions: async () => await Promise.resolve(account.expirePositions()),
        mutatingCalls: () => [microsoft, microsoft.downloadHost].flatMap((host) => host.log.mutating()).length,
        [Symbol.asyncDispose]: async () => await microsoft[Symbol.asyncDispose](),
      };
    },
  });
}

describeConformance({
  name: 'dropbox',
  manyItems: 12,
  announcesPaths: true,
  open: async () => {
    const dropbox = await startDropbox();
    dropbox.switches.maxPage = 5;
    const account = dropbox.state.account('ana@example.com');
    const { accessToken } = dropbox.oauth.issue(account.email);
    const tokens = { accessToken: async () => await Promise.resolve(accessToken), invalidate: () => {} };
    return {
      connector: createDropboxConnector(dropboxConfig.parse({}), { ...context, tokens }, dropbox.url),
      maxItemBytes,
      add: async (name, content) => await Promise.resolve(account.addFile({ path: `/${name}`, content })),
      update: async (id, content) => await Promise.resolve(account.update(id, content)),
      remove: async (id) => await Promise.resolve(account.delete(id)),
      expirePositions: async () => await Promise.resolve(account.expireCursors()),
      mutatingCalls: () => dropbox.log.mutating().length,
      [Symbol.asyncDispose]: async () => await dropbox[Symbol.asyncDispose](),
    };
  },
});

describeConformance({
  name: 'gmail',
  manyItems: 12,
  open: async () => {
    const google = await startGoogle();
    google.mailSwitches.maxPage = 5;
    const { mailbox } = google.state.account('ana@example.com');
    const { accessToken } = google.oauth.issue(mailbox.email, gmailOAuth.scopes);
    const tokens = { accessToken: async () => await Promise.resolve(accessToken), invalidate: () => {} };
    return {
      connector: createGmailConnector(gmailConfig.parse({}), { ...context, tokens }, google.url),
      maxItemBytes,
      add: async (name, content) => await Promise.resolve(mailbox.add({ subject: name, text: content })),
      // A mail cannot be edited; only its labels can change.
      update: async (id, content) => await Promise.resolve(mailbox.relabel(id, { add: [mailbox.addLabel(content)] })),
      remove: async (id) => await Promise.resolve(mailbox.delete(id)),
      textOf: async (bytes) => (await PostalMime.parse(Buffer.from(bytes))).text?.trimEnd() ?? '',
      expirePositions: async () => await Promise.resolve(mailbox.expireHistory()),
      mutatingCalls: () => google.log.mutating().length,
      [Symbol.asyncDispose]: async () => await google[Symbol.asyncDispose](),
    };
  },
});

describeConformance({
  name: 'notion',
  manyItems: 12,
  open: async () => {
    const notion = await startNotion();
    notion.switches.maxPage = 5;
    const workspace = notion.state.workspace('ana@example.com');
    const { accessToken } = notion.oauth.issue(workspace.email);
    const tokens = { accessToken: async () => await Promise.resolve(accessToken), invalidate: () => {} };
    return {
      connector: createNotionConnector(notionConfig.parse({}), { ...context, tokens }, notion.url),
      maxItemBytes,
      add: async (name, content) => await Promise.resolve(workspace.addPage({ title: name, content })),
      // Notion's times have a resolution of minutes. An edit within the same minute is a separate test.
      update: async (id, content) => {
        notion.state.skewMs += 60_000;
        await Promise.resolve(workspace.update(id, content));
      },
      remove: async (id) => await Promise.resolve(workspace.delete(id)),
      // Without the title.
      textOf: async (bytes) =>
        await Promise.resolve(
          new TextDecoder()
            .decode(bytes)
            .replace(/^# .*\n+/, '')
            .trimEnd(),
        ),
      // A time window cannot expire.
      expirePositions: null,
      mutatingCalls: () => notion.log.mutating().length,
      [Symbol.asyncDispose]: async () => await notion[Symbol.asyncDispose](),
    };
  },
});

describeConformance({
  name: 'slack',
  manyItems: 12,
  open: async () => {
    const slack = await startSlack();
    const channel = slack.state.channel('general');
    const { accessToken } = slack.oauth.issue(slack.state.user('ana'));
    const tokens = { accessToken: async () => await Promise.resolve(accessToken), invalidate: () => {} };
    const answers = new Map<string, string>();
    const threadOf = (id: string): string => id.split('/')[2] ?? '';
    return {
      connector: createSlackConnector(slackConfig.parse({}), { ...context, tokens }, slack.url),
      maxItemBytes,
      // An item is a thread: its name is the question, its content the answer.
      add: async (name, content) => {
        const thread = slack.state.post(channel, { text: name });
        const id = `T0HARBOUR/${channel}/${thread}`;
        answers.set(id, slack.state.post(channel, { text: content, thread }));
        return await Promise.resolve(id);
      },
      update: async (id, content) => await Promise.resolve(slack.state.edit(channel, answers.get(id) ?? '', content)),
      remove: async (id) => {
        for (const ts of [answers.get(id) ?? '', threadOf(id)]) slack.state.delete(channel, ts);
        await Promise.resolve();
      },
      textOf: async (bytes) => await Promise.resolve(new TextDecoder().decode(bytes).split(' UTC:\n').at(-1) ?? ''),
      expirePositions: null,
      mutatingCalls: () => slack.log.mutating().length,
      [Symbol.asyncDispose]: async () => await slack[Symbol.asyncDispose](),
    };
  },
});

describeConformance({
  name: 'local_folder',
  // One page of this connector contains 1,000 files.
  manyItems: 1001,
  open: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'headwater-conformance-'));
    await mkdir(join(folder, 'root'));
    let clock = Date.now() - 3_600_000;
    const write = async (name: string, content: string): Promise<void> => {
      await writeFile(join(folder, 'root', name), content);
      clock += 2000;
      await utimes(join(folder, 'root', name), clock / 1000, clock / 1000);
    };
    return {
      connector: createLocalFolderConnector(localFolderConfig.parse({ path: join(folder, 'root') }), context, [folder]),
      maxItemBytes,
      add: async (name, content) => {
        await write(name, content);
        return name;
      },
      update: async (id, content) => {
        await write(id, content);
        await utimes(join(folder, 'root', id), new Date(), new Date());
      },
      remove: async (id) => await rm(join(folder, 'root', id)),
      expirePositions: null,
      mutatingCalls: () => 0,
      [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true, force: true }),
    };
  },
});

/** One database for all cases, each of which is another user's. */
let uploads: TestDatabase | null = null;
afterAll(async () => await uploads?.[Symbol.asyncDispose]());

describeConformance({
  name: 'upload',
  // One page of this connector contains 500 files.
  manyItems: 501,
  open: async () => {
    uploads ??= await createTestDatabase();
    const source = await createUploadSource(uploads.db, randomUUID());
    const pathOf = async (id: string): Promise<string> => (await source.uploads.find([id]))[0]?.path ?? '';
    return {
      connector: createUploadConnector({}, { ...context, uploads: source.uploads }),
      maxItemBytes,
      add: async (path, content) => (await source.put(path, content)).file.id,
      update: async (id, content) => void (await source.put(await pathOf(id), content)),
      remove: async (id) => void (await source.delete(await pathOf(id))),
      expirePositions: null,
      mutatingCalls: () => 0,
      [Symbol.asyncDispose]: async () => await Promise.resolve(),
    };
  },
});

describeConformance({
  name: 'hostile',
  manyItems: 12,
  open: async () => {
    const source = new HostileSource();
    source.maxItemBytes = maxItemBytes;
    Object.assign(source.manners, { repeats: true, emptyPages: true, outOfOrder: true });
    let last = 0;
    return await Promise.resolve({
      connector: createHostileConnector(source),
      maxItemBytes,
      add: async (name: string, content: string) => {
        const id = `id-${++last}`;
        source.put(id, content, { name });
        return await Promise.resolve(id);
      },
      update: async (id: string, content: string) => await Promise.resolve(source.put(id, content)),
      remove: async (id: string) => await Promise.resolve(source.remove(id)),
      expirePositions: async () => {
        source.floor = source.logLength + 1;
        await Promise.resolve();
      },
      mutatingCalls: () => 0,
      [Symbol.asyncDispose]: async () => await Promise.resolve(),
    });
  },
});
