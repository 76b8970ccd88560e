/** What a browser shows at the end of a sign-in that did not begin on the web page. No script, no style: nothing to allow. */

import type { DataSource } from '../db/sources/data-sources.ts';

export const signInPagePolicy = "default-src 'none'";

export function connectedPage(source: DataSource): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Connected</title>
<h1>Connected</h1><p>${escapeHtml(source.name)} is connected as ${escapeHtml(source.accountLabel ?? '')}. You can close this page and start a sync.</p></html>`;
}

/**
 * Whoever begins a sign-in can send its address to somebody else, whose account would then feed a source that is not theirs.
 * So a browser that did not begin it is asked first.
 * @param goOn the address that the vendor sent the browser back to
 */
export function confirmPage(goOn: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Was it you?</title>
<h1>Was it you who began this?</h1>
<p>This sign-in was not begun in this browser. If you began it yourself, on the command line or on another device, <a href="${escapeHtml(goOn)}">go on and connect the account</a>.</p>
<p>If you followed a link that somebody sent you, close this page: going on would let them read your account.</p></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
