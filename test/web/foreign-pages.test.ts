/**
 * A page of another site, opened in a browser on this machine, changes nothing here, whatever it requests on any port.
 */

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import type { Browser } from 'playwright-core';
import { startTemporalServer } from '../../tools/local/children.ts';
import { freePort } from '../../tools/local/ports.ts';
import { findTemporalCli } from '../../tools/local/temporal-cli.ts';
import { hiddenHost, openUiDoor } from '../../tools/local/ui-door.ts';
import { servePage, type ServedPage, startBrowser } from '../harness/browser.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';

let browser: Browser;
let stack: AsyncDisposableStack;

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  browser = await startBrowser();
}, 120_000);
afterAll(async () => {
  await browser.close();
  await stack.disposeAsync();
});

/** Serves a page with this script and opens it. @returns once the script has ended */
async function openForeignPage(script: string): Promise<void> {
  const server = createServer((_asked, answer) => {
    answer.setHeader('content-type', 'text/html');
    answer.end(`<!doctype html><body><script type="module">${script}; document.title = 'done';</script>`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const page = await browser.newPage();
  try {
    // A different site from ours, by its name.
    await page.goto(`http://localhost:${port}/`);
    await page.waitForFunction("document.title === 'done'", undefined, { timeout: 60_000 });
    await page.waitForLoadState('networkidle');
  } finally {
    await page.close();
    server.close();
    server.closeAllConnections();
  }
}

describe('Temporal as `npm start` runs it', () => {
  let client: Client;
  let uiUrl: string;
  let ports: readonly number[];

  beforeAll(async () => {
    const [port, uiPort, hiddenPort] = [await freePort(), await freePort(), await freePort()];
    const ui = { host: await hiddenHost(), port: hiddenPort };
    const cli = await findTemporalCli(process.env, () => {});
    const server = stack.use(await startTemporalServer({ cli, port, ui }));
    stack.use(await openUiDoor(uiPort, ui));
    uiUrl = `http://127.0.0.1:${uiPort}`;
    const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
    stack.defer(async () => await connection.close());
    client = new Client({ connection });
    ports = [...(await portsOf(server.pid)), uiPort];
  }, 120_000);

  test('a foreign page’s calls, forms and images to all its ports start no workflow', async () => {
    expect(ports.length).toBeGreaterThan(3);
    const workflow = { workflowType: { name: 'eraseUser' }, taskQueue: { name: 'sync' }, input: [{ userId: 'local' }] };
    await openForeignPage(`
      const body = ${JSON.stringify(JSON.stringify(workflow))};
      for (const port of ${JSON.stringify(ports)}) for (const prefix of ['', '/api/v1/', '/api/v1']) {
        const url = 'http://127.0.0.1:' + port + '/api/v1/namespaces/default/workflows/evil-' + port;
        for (const type of ['text/plain', 'application/json'])
          await fetch(url, { method: 'POST', mode: 'no-cors', headers: { 'content-type': type }, body, credentials: 'include', signal: AbortSignal.timeout(3000) }).catch(() => {});
        const form = Object.assign(document.createElement('form'), { action: url, method: 'post', enctype: 'text/plain', target: 'frame' });
        document.body.append(form);
        document.body.insertAdjacentHTML('beforeend', '<iframe name="frame"></iframe><img src="' + url + '">');
        form.submit();
      }`);
    const started = [];
    for await (const { workflowId } of client.workflow.list()) started.push(workflowId);
    expect(started).toEqual([]);
    for (const port of ports)
      await expect(client.workflow.getHandle(`evil-${port}`).describe()).rejects.toThrow(/not found/i);
  }, 180_000);

  test('its HTTP API accepts no host name', async () => {
    const answers = await Promise.all(
      ports.map(async (port) => {
        const answer = await fetch(`http://127.0.0.1:${port}/api/v1/namespaces`).catch(() => null);
        return answer?.status === 200 ? port : null;
      }),
    );
    // The Web UI's proxy accepts requests from this machine that come from no page.
    expect(answers.filter((port) => port !== null)).toEqual([Number(new URL(uiUrl).port)]);
  });

  test('its Web UI opens at its address, shows workflows, and accepts no other host name', async () => {
    const page = await browser.newPage();
    await page.goto(uiUrl);
    await page.waitForURL(/namespaces\/default\/workflows/);
    expect(await page.evaluate("fetch('/api/v1/namespaces').then((answer) => answer.status)")).toBe(200);
    await page.close();
    const rebound = get(`${uiUrl}/api/v1/namespaces`, { headers: { host: `evil.example:${new URL(uiUrl).port}` } });
    const [answer] = (await once(rebound, 'response')) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(403);
  }, 60_000);
});

describe('a sign-in', () => {
  let headwater: TestHeadwater;
  let served: ServedPage;

  beforeAll(async () => {
    headwater = stack.use(await startHeadwater());
    served = stack.use(await servePage(headwater));
  }, 300_000);

  test('is not finished by an image, a call or a frame on a foreign page, but by a person who opens the URL', async () => {
    const account = headwater.google.state.account(`${randomUUID()}@example.com`);
    const { id, callback } = await beginSignIn(account.email);
    const address = JSON.stringify(`${served.url}${callback}`);
    await openForeignPage(`
      await new Promise((done) => { const image = new Image(); image.onload = image.onerror = done; image.src = ${address}; });
      await fetch(${address}, { mode: 'no-cors', credentials: 'include' }).catch(() => {});
      await new Promise((done) => { const frame = document.createElement('iframe'); frame.onload = done; frame.src = ${address}; document.body.append(frame); });`);
    expect(await stateOf(id)).toBe('disconnected');

    const page = await browser.newPage();
    await page.goto(`${served.url}${callback}`);
    await page.getByText(`connected as ${account.email}`).waitFor();
    await page.close();
    expect(await stateOf(id)).toBe('connected');
  }, 120_000);

  async function beginSignIn(email: string): Promise<{ readonly id: string; readonly callback: string }> {
    const created = await fetch(`${served.url}/api/data-sources`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Drive', sourceType: 'google_drive' }),
    });
    const { dataSource } = (await created.json()) as { readonly dataSource: { readonly id: string } };
    const started = await fetch(`${served.url}/api/data-sources/${dataSource.id}/connect`);
    const { authorizationUrl } = (await started.json()) as { readonly authorizationUrl: string };
    const agreed = await fetch(`${authorizationUrl}&choose=${email}`, { redirect: 'manual' });
    const back = new URL(agreed.headers.get('location') ?? '');
    return { id: dataSource.id, callback: back.pathname + back.search };
  }

  async function stateOf(id: string): Promise<string | undefined> {
    const answer = await fetch(`${served.url}/api/data-sources`);
    const { dataSources } = (await answer.json()) as {
      readonly dataSources: readonly { readonly id: string; readonly connectionStatus: string }[];
    };
    return dataSources.find((source) => source.id === id)?.connectionStatus;
  }
});

/** The TCP ports that a process listens on, according to the kernel. */
async function portsOf(pid: number): Promise<number[]> {
  const lines = (await readFile(`/proc/${pid}/net/tcp`, 'utf8')).split('\n').slice(1);

  const links = await Promise.all(
    (await readdir(`/proc/${pid}/fd`)).map(async (fd) => await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
  );
  const inodes = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  return lines.flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    const isOurs = columns[3] === '0A' && inodes.has(columns[9] ?? '');
    return isOurs ? [Number.parseInt(columns[1]?.split(':')[1] ?? '', 16)] : [];
  });
}
