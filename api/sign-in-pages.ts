/**
 * Pages for the end of a sign-in that did not start on the web page. They contain no scripts or styles, so nothing has
 * to be allowed.
 */

import type { DataSource } from '../db/sources/data-sources.ts';

export const signInPagePolicy = "default-src 'none'";

export function connectedPage(source: DataSource): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Connected</title>
<h1>Connected</h1><p>${escapeHtml(source.name)} is connected as ${escapeHtml(source.accountLabel ?? '')}. You can close this page and start a sync.</p></html>`;
}

/**
 * Anyone who starts a sign-in can send its link to somebody else, whose account would then feed a source that is not
 * theirs. So a browser that did not start it is asked for confirmation.
 * @param goOn the URL to which the vendor redirected the browser
 */
export function confirmPage(goOn: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Did you start this sign-in?</title>
<h1>Did you start this sign-in?</h1>
<p>This sign-in was not started in this browser. If you started it yourself, on the command line or on another device, <a href="${escapeHtml(goOn)}">continue and connect the account</a>.</p>
<p>If you followed a link that somebody sent you, close this page. If you continue, they can read your account.</p></html>`;
}

/** @param why a sentence for people */
export function notSignedInPage(why: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Not signed in</title>
<h1>Not signed in</h1><p>${escapeHtml(why)}</p><p><a href="/api/session/sign-in">Sign in</a></p></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
