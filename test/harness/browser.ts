/** A real browser for tests of the page: Debian's Chromium, driven by playwright-core, which brings none of its own. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { freePort } from '../../tools/local/ports.ts';
import { buildPage, isPageBuilt } from '../../tools/local/page.ts';
import { startApiOf } from './api.ts';
import type { TestHeadwater } from './headwater.ts';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** The browser makes no requests to the network, and a container's root user cannot use the sandbox. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A page lives for seconds here: optimizing its code takes longer than the optimized code saves.
  '--js-flags=--no-opt,--no-maglev',
];

/** Installs the browser if possible. @throws Error that says what to install, otherwise */
export async function startBrowser(): Promise<Browser> {
  installBrowser();
  const executablePath = places.find(existsSync);
  if (executablePath === undefined) throw new Error('The tests of the page need Chromium: apt-get install chromium');
  return await chromium.launch({ executablePath, args: flags });
}

/** Installs the browser if it is missing and can be installed: on Debian, by root. */
export function installBrowser(): void {
  if (places.some(existsSync)) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  console.error('Installing Chromium for the tests of the page (once, about a minute) …');
  spawnSync('apt-get', ['update', '--quiet'], { stdio: 'ignore' });
  spawnSync('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium'], { stdio: 'ignore' });
}

export interface ServedPage extends AsyncDisposable {
  readonly url: string;
}

/** The API of a test's Headwater with the current build of the page, on its own port. */
export async function servePage(headwater: TestHeadwater): Promise<ServedPage> {
  if (!(await isPageBuilt())) await buildPage();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const api = await startApiOf(headwater, { publicUrl: url, port });
  await api.app.listen({ host: '127.0.0.1', port });
  return { url, [Symbol.asyncDispose]: async () => await api[Symbol.asyncDispose]() };
}

interface AxeResults {
  readonly violations: readonly { id: string; impact: string | null; nodes: readonly { html: string }[] }[];
}

/** Rules whose result depends on the color scheme; all others judge what does not change with it. */
export const colorRules = ['color-contrast', 'link-in-text-block'];

/** What axe itself calls minor or moderate, whatever it finds: a third of its rules, which are not run. */
const lesserRules = `Object.fromEntries(axe._audit.rules
  .filter(({ impact }) => impact === 'minor' || impact === 'moderate').map(({ id }) => [id, { enabled: false }]))`;

/**
 * Serious accessibility violations that axe finds on a page: rule and place.
 * @param rules those to judge by, all of axe's own choice if none are given
 */
export async function seriousViolations(page: Page, rules?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source);
  // What passes is only counted: to describe it as well takes three times as long.
  const options = { resultTypes: ['violations'], ...(rules === undefined ? {} : { runOnly: rules }) };
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run({ ...${JSON.stringify(options)}, rules: ${rules === undefined ? lesserRules : '{}'} })`,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)}`));
}
