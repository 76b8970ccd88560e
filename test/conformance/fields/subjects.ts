/** One small account at each simulated vendor, with one of everything and more than one page. */

import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import type { ConnectorContext } from '../../../sources/connectors/connector.ts';
import { dropboxConfig } from '../../../sources/connectors/dropbox/config.ts';
import { createDropboxConnector } from '../../../sources/connectors/dropbox/connector.ts';
import { gmailConfig } from '../../../sources/connectors/gmail/config.ts';
import { createGmailConnector } from '../../../sources/connectors/gmail/connector.ts';
import { gmailOAuth } from '../../../sources/connectors/gmail/oauth.ts';
import { googleDriveConfig } from '../../../sources/connectors/google-drive/config.ts';
import { createGoogleDriveConnector } from '../../../sources/connectors/google-drive/connector.ts';
import { notionConfig } from '../../../sources/connectors/notion/config.ts';
import { createNotionConnector } from '../../../sources/connectors/notion/connector.ts';
import { oneDriveConfig } from '../../../sources/connectors/onedrive/config.ts';
import { createOneDriveConnector } from '../../../sources/connectors/onedrive/connector.ts';
import { slackConfig } from '../../../sources/connectors/slack/config.ts';
import { createSlackConnector } from '../../../sources/connectors/slack/connector.ts';
import { startDropbox } from '../../../tools/simulators/dropbox/server.ts';
import { startGoogle } from '../../../tools/simulators/google/server.ts';
import type { SimulatedCall } from '../../../tools/simulators/kit/faults.ts';
import type { DriveType } from '../../../tools/simulators/microsoft/drive-state.ts';
import { startMicrosoft } from '../../../tools/simulators/microsoft/server.ts';
import { block } from '../../../tools/simulators/notion/blocks.ts';
import { startNotion } from '../../../tools/simulators/notion/server.ts';
import { startSlack } from '../../../tools/simulators/slack/server.ts';
import type { FieldSubjectKind } from '../fields.ts';

const silent = pino({ level: 'silent' });

function contextOf(accessToken: string): ConnectorContext {
  return {
    tokens: { accessToken: async () => await Promise.resolve(accessToken), invalidate: () => {} },
    throttle: async () => await Promise.resolve(),
    logger: silent,
    maxItemBytes: 64 * 1024,
  };
}

/** @param selects whether the source is limited to a folder and to a shared drive */
const googleDrive = (selects: 'all' | 'folders'): FieldSubjectKind => ({
  name: selects === 'all' ? 'google_drive' : 'google_drive (selected folders)',
  variantOf: ({ query }) =>
    [query['alt'], query['corpora'], query['q']?.includes('in parents') === true ? 'in parents' : undefined]
      .filter((part) => part !== undefined)
      .join(' '),
  itemCalls: /^GET \/drive\/v3\/files\/\*/,
  // A folder of an unknown type looks like a file.
  undetectable: /nextPageToken$|in parents files\[\]\.mimeType$/,
  open: async () => {
    const google = await startGoogle();
    google.switches.maxPage = 4;
    const [account, other] = [google.state.account('ana@example.com'), google.state.account('bo@example.com')];
    const folder = account.addFolder('Plans');
    const inner = account.addFolder('Archive', folder);
    const edited = account.addFile({ name: 'a.md', parent: folder, content: 'a' });
    const deleted = account.addFile({ name: 'b.md', parent: inner, content: 'b' });
    account.addFile({ name: 'Notes', mimeType: 'application/vnd.google-apps.document', parent: inner, content: 'c' });
    const theirs = other.addFile({ name: 'theirs.md', content: 'd' });
    other.share(theirs, account);
    const hidden = other.addFile({ name: 'by link.md', content: 'e' });
    account.addShortcut('to a.md', edited, folder);
    const drive = account.addSharedDrive('Harbour');
    account.addFile({ name: 'f.md', parent: account.addFolder('Berths', drive), content: 'f' });
    account.addSharedDrive('Lighthouse');
    const { accessToken } = google.oauth.issue(account.email);
    const config = googleDriveConfig.parse(selects === 'all' ? {} : { folders: [folder, drive] });
    return {
      connect: () => createGoogleDriveConnector(config, contextOf(accessToken), google.url),
      faults: [google.faults],
      change: () => {
        account.update(edited, 'a, edited');
        account.delete(deleted);
        account.addFile({ name: 'g.md', parent: inner, content: 'g' });
        account.addFile({ name: 'h.md', parent: drive, content: 'h' });
        other.share(hidden, account);
        account.rename(folder, 'Plans of 2026');
      },
      [Symbol.asyncDispose]: async () => await google[Symbol.asyncDispose](),
    };
  },
});

const gmail: FieldSubjectKind = {
  name: 'gmail',
  variantOf: ({ query }) => query['format'] ?? '',
  itemCalls: /^GET \/gmail\/v1\/users\/me\/messages\/\*/,
  shared: /\/labels/,
  undetectable: /nextPageToken$|\/(history|messages) (history|messages)$|payload\.parts$/,
  open: async () => {
    const google = await startGoogle();
    google.mailSwitches.maxPage = 4;
    const { mailbox } = google.state.account('ana@example.com');
    const label = mailbox.addLabel('Harbour');
    const attachments = [{ name: 'times.csv', mimeType: 'text/csv', content: 'from,to\nJetty,Lighthouse' }];
    const first = mailbox.add({ subject: 'Ice?', text: 'Is it thin?' }, { labels: ['INBOX', label] });
    mailbox.add({ subject: 'Re: Ice?', text: 'Not yet.' }, { labels: ['SENT'], replyTo: first });
    const deleted = mailbox.add({ subject: 'Old', text: 'old' });
    for (const subject of ['One', 'Two']) mailbox.add({ subject, text: subject, attachments });
    const { accessToken } = google.oauth.issue(mailbox.email, gmailOAuth.scopes);
    return {
      connect: () => createGmailConnector(gmailConfig.parse({}), contextOf(accessToken), google.url),
      faults: [google.faults],
      change: () => {
        mailbox.relabel(first, { add: [mailbox.addLabel('Ferry')] });
        mailbox.delete(deleted);
        for (const subject of ['Three', 'Four']) mailbox.add({ subject, html: `<p>${subject}</p>`, attachments });
      },
      [Symbol.asyncDispose]: async () => await google[Symbol.asyncDispose](),
    };
  },
};

const dropbox: FieldSubjectKind = {
  name: 'dropbox',
  open: async () => {
    const simulator = await startDropbox();
    simulator.switches.maxPage = 4;
    const account = simulator.state.account('ana@example.com');
    const edited = account.addFile({ path: '/Plans/a.md', content: 'a' });
    const deleted = account.addFile({ path: '/Plans/Archive/b.md', content: 'b' });
    account.addFile({ path: '/Plans/Archive/c.md', content: 'c' });
    account.addFile({ path: '/Day.paper', content: '# Day', exportAs: ['html', 'markdown'] });
    account.addFile({ path: '/link.md', content: '', symlinkTo: '/Plans/a.md' });
    const { accessToken } = simulator.oauth.issue(account.email);
    return {
      connect: () => createDropboxConnector(dropboxConfig.parse({}), contextOf(accessToken), simulator.url),
      faults: [simulator.faults],
      change: () => {
        account.update(edited, 'a, edited');
        account.delete(deleted);
        for (const name of ['d', 'e', 'f']) account.addFile({ path: `/Plans/New/${name}.md`, content: name });
      },
      [Symbol.asyncDispose]: async () => await simulator[Symbol.asyncDispose](),
    };
  },
};

const oneDrive = (type: DriveType): FieldSubjectKind => ({
  name: `onedrive (${type})`,
  itemCalls: /^GET \/v1\.0\/drives\/\*\/items\/\*( |$)/,
  open: async () => {
    const microsoft = await startMicrosoft();
    microsoft.switches.maxPage = 4;
    const account = microsoft.state.account('ana@example.com', type);
    const other = microsoft.state.account('bo@example.com', type);
    const folder = account.addFolder('Plans');
    const inner = account.addFolder('Archive', folder);
    const markdown = 'text/markdown';
    const edited = account.addFile({ name: 'a.md', mimeType: markdown, parent: folder, content: 'a' });
    const deleted = account.addFile({ name: 'b.md', mimeType: markdown, parent: inner, content: 'b' });
    account.addFile({ name: 'c.md', mimeType: markdown, parent: inner, content: 'c' });
    account.addNotebook('Log', folder);
    const shared = other.addFolder('Dredging');
    other.addFile({ name: 'd.md', mimeType: markdown, parent: shared, content: 'd' });
    other.share(shared, account);
    account.addShortcut('Dredging (Bo)', other, shared, folder);
    const { accessToken } = microsoft.oauth.issue(account.email);
    return {
      connect: () => createOneDriveConnector(oneDriveConfig.parse({}), contextOf(accessToken), microsoft.url),
      faults: [microsoft.faults, microsoft.downloadHost.faults],
      change: () => {
        account.update(edited, 'a, edited');
        account.delete(deleted);
        account.addFile({ name: 'e.md', mimeType: markdown, parent: inner, content: 'e' });
        other.addFile({ name: 'f.md', mimeType: markdown, parent: shared, content: 'f' });
      },
      [Symbol.asyncDispose]: async () => await microsoft[Symbol.asyncDispose](),
    };
  },
});

const notion: FieldSubjectKind = {
  name: 'notion',
  variantOf: ({ body }: SimulatedCall) => /"value":"(\w+)"/.exec(body.toString())?.[1] ?? '',
  itemCalls: /^GET \/v1\/(pages\/\*|blocks\/\*)/,
  open: async () => {
    const simulator = await startNotion();
    simulator.switches.maxPage = 4;
    // Items were edited some minutes ago, because Notion shows a recent edit differently once its minute has passed.
    simulator.state.skewMs = -10 * 60_000;
    const workspace = simulator.state.workspace('ana@example.com');
    const handbook = workspace.addPage({ title: 'Handbook', content: '# Welcome\nOpen at seven.\n- Keys' });
    const parent = { type: 'page_id', id: handbook } as const;
    const edited = workspace.addPage({ title: 'Storm plan', parent, content: 'Double the ropes.' });
    const deleted = workspace.addPage({ title: 'Rota', parent, content: 'Nobody needs this.' });
    const toggle = block('toggle', 'Numbers', {}, [block('paragraph', 'The pilot answers on channel 12.')]);
    workspace.setBlocks(workspace.addPage({ title: 'People', parent }), [toggle]);
    const repairs = workspace.addDatabase('Repairs', parent);
    const ana = randomUUID();
    workspace.people.set(ana, 'Ana Okoye');
    const mentioned = Object.entries({
      user: ana,
      page: edited,
      database: repairs.id,
      'data-source': repairs.dataSourceId,
    });
    workspace.setBlocks(
      workspace.addPage({ title: 'Index', parent }),
      mentioned.map(([kind, id]) => block('paragraph', 'See', { mention: { kind, id } })),
    );
    const status = { type: 'status', status: { id: 'x', name: 'Done', color: 'default' } };
    workspace.addRow(repairs, 'Winch', { Status: status }, 'The winch needs oil.');
    workspace.addRow(repairs, 'Lamp', { Status: status }, 'Polished.');
    const { accessToken } = simulator.oauth.issue(workspace.email);
    return {
      connect: () => createNotionConnector(notionConfig.parse({}), contextOf(accessToken), simulator.url),
      faults: [simulator.faults],
      change: () => {
        simulator.state.skewMs += 5 * 60_000;
        workspace.update(edited, 'Double the ropes on berth four.');
        workspace.delete(deleted);
        workspace.addPage({ title: 'Tides', parent, content: 'High water at six.' });
        workspace.addRow(repairs, 'Crane', { Status: status }, 'A new cable.');
      },
      [Symbol.asyncDispose]: async () => await simulator[Symbol.asyncDispose](),
    };
  },
};

const slack: FieldSubjectKind = {
  name: 'slack',
  shared: /users\.|team\.info/,
  itemCalls: /files\.info/,
  open: async () => {
    const simulator = await startSlack();
    simulator.switches.maxPage = 4;
    const { state } = simulator;
    const [ana, bo] = [state.user('ana', { displayName: 'Ana Okoye' }), state.user('bo')];
    const [general, ferry] = [state.channel('general', { members: [ana] }), state.channel('ferry', { members: [ana] })];
    const thread = state.post(ferry, { user: bo, text: 'When does the last ferry leave?' });
    state.post(ferry, { user: ana, text: 'At 22:15.', thread });
    const lone = state.post(general, { user: ana, text: 'The basin is closed.' });
    const file = state.addFile({ name: 'log.md', mimetype: 'text/markdown', content: '# Log' });
    state.post(general, { user: bo, text: 'The log', files: [file] });
    const shared = state.addFile({
      name: 'tide.md',
      mimetype: 'text/markdown',
      content: '# Tide',
      access: 'check_file_info',
    });
    state.post(ferry, { user: bo, text: 'The tide', files: [shared] });
    state.post(state.channel('crew', { members: [ana] }), { user: ana, text: 'The key hangs behind the lamp.' });
    const { accessToken } = simulator.oauth.issue(ana);
    return {
      connect: () => createSlackConnector(slackConfig.parse({}), contextOf(accessToken), simulator.url),
      faults: [simulator.faults],
      change: () => {
        state.edit(general, lone, 'The basin is closed until Friday.');
        const question = state.post(general, { user: ana, text: 'Who has the key?' });
        state.post(general, { user: bo, text: 'I do.', thread: question });
        state.post(ferry, { user: ana, text: 'It was late.', thread });
      },
      [Symbol.asyncDispose]: async () => await simulator[Symbol.asyncDispose](),
    };
  },
};

/** All sources that are read over a network. */
export const fieldSubjects: readonly FieldSubjectKind[] = [
  googleDrive('all'),
  googleDrive('folders'),
  gmail,
  dropbox,
  oneDrive('business'),
  oneDrive('personal'),
  notion,
  slack,
];
