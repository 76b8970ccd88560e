/**
 * Gmail v1's reading calls (docs/vendors/gmail.md). Any other call succeeds as at Google, and is marked as mutating.
 */

import type { SimRequest, SimResponse } from '../kit/server.ts';
import { applyFields } from './fields.ts';
import { getAttachment, toWire } from './gmail-message.ts';
import { listHistory, listMessages, listThreads } from './gmail-lists.ts';
import { spend } from './gmail-quota.ts';
import type { Mailbox, SimMessage } from './mailbox.ts';
import type { Grant } from '../kit/oauth.ts';
import type { GoogleState } from './state.ts';

const scope = 'https://www.googleapis.com/auth/gmail';
const readScopes = [`${scope}.readonly`, `${scope}.modify`, 'https://mail.google.com/'];
const metadataScope = `${scope}.metadata`;

/** Switches that make a mailbox behave as Gmail may. */
export interface GmailSwitches {
  /** Maximum number of messages or history records per page, however many are requested. */
  maxPage: number;
  /** Every page is followed by an empty one that has a cursor. */
  emptyPages: boolean;
  /** An unknown page token is accepted as the first page, which exposes clients that follow tokens forever. */
  acceptsAnyToken: boolean;
  /** Attachments up to this size are part of the message, without their own id. */
  inlineBytes: number;
  /** Units that a user may spend per minute; null: unlimited. */
  unitsPerMinute: number | null;
}

export const usualGmail = (): GmailSwitches => ({
  maxPage: 500,
  emptyPages: false,
  acceptsAnyToken: false,
  inlineBytes: 0,
  unitsPerMinute: null,
});

export interface GmailContext {
  readonly mailbox: Mailbox;
  readonly switches: GmailSwitches;
  readonly params: URLSearchParams;
  readonly now: number;
}

/** Gmail's error envelope: newer back ends add a status (docs/vendors/google.md#errors). */
export function gmailError(code: number, reason: string, message: string, status: string): SimResponse {
  const domain = reason.includes('imit') ? 'usageLimits' : 'global';
  return { status: code, body: { error: { code, message, errors: [{ message, domain, reason }], status } } };
}

export const invalidArgument = (message: string): SimResponse =>
  gmailError(400, 'invalidArgument', message, 'INVALID_ARGUMENT');
export const entityNotFound = (): SimResponse =>
  gmailError(404, 'notFound', 'Requested entity was not found.', 'NOT_FOUND');

/** Answers one call of a signed-in account. */
export function handleGmail(
  state: GoogleState,
  switches: GmailSwitches,
  grant: Grant,
  request: SimRequest,
): SimResponse {
  if (request.method !== 'GET') return { status: 200, body: {}, mutating: true };
  const [, user = '', room = '', id, inner, innerId] = request.path
    .replace(/^\/gmail\/v1/, '')
    .split('/')
    .slice(1);
  if (user !== 'me' && decodeURIComponent(user) !== grant.email)
    return gmailError(403, 'forbidden', `Delegation denied for ${grant.email}`, 'PERMISSION_DENIED');
  const refusal = refuseScope(grant, { room, id, inner }, request.params);
  if (refusal !== null) return refusal;
  const { mailbox } = state.account(grant.email);
  if (!mailbox.enabled) return gmailError(400, 'failedPrecondition', 'Mail service not enabled', 'FAILED_PRECONDITION');
  const context: GmailContext = { mailbox, switches, params: request.params, now: state.now() };
  const overQuota = spend(mailbox, switches.unitsPerMinute, room, id, inner, request.params);
  if (overQuota !== null) return overQuota;
  const answer = route(context, room, id, inner, innerId);
  const fields = request.params.get('fields');
  return fields === null || answer.status !== 200 ? answer : { ...answer, body: applyFields(answer.body, fields) };
}

function route(
  context: GmailContext,
  room: string,
  id: string | undefined,
  inner: string | undefined,
  innerId: string | undefined,
): SimResponse {
  if (room === 'profile') return profile(context);
  if (room === 'labels') return id === undefined ? listLabels(context) : getLabel(context, id);
  if (room === 'history') return listHistory(context);
  if (room === 'messages' && id === undefined) return listMessages(context);
  if (room === 'messages' && inner === 'attachments') return getAttachment(context, id ?? '', innerId ?? '');
  if (room === 'messages' && inner === undefined) return getMessage(context, id ?? '');
  if (room === 'threads') return id === undefined ? listThreads(context) : getThread(context, id);
  return { status: 404, body: '<!DOCTYPE html><title>Error 404 (Not Found)</title>' };
}

/** With the metadata scope, no token searches or gets bodies or attachments (docs/vendors/gmail.md#sign-in). */
function refuseScope(
  grant: Grant,
  { room, id, inner }: { readonly room: string; readonly id: string | undefined; readonly inner: string | undefined },
  params: URLSearchParams,
): SimResponse | null {
  const refuse = (message: string, reason = 'forbidden') => gmailError(403, reason, message, 'PERMISSION_DENIED');
  if (!grant.scopes.includes(metadataScope))
    return grant.scopes.some((granted) => readScopes.includes(granted))
      ? null
      : refuse('Request had insufficient authentication scopes.', 'insufficientPermissions');
  if (params.has('q')) return refuse("Metadata scope does not support 'q' parameter");
  const isWhole = !['metadata', 'minimal'].includes(params.get('format') ?? 'full');
  const hasBody =
    inner === 'attachments' || ((room === 'messages' || room === 'threads') && id !== undefined && isWhole);
  return hasBody ? refuse("Metadata scope doesn't allow format FULL") : null;
}

function profile({ mailbox }: GmailContext): SimResponse {
  const threads = new Set([...mailbox.messages.values()].map((message) => message.threadId));
  return {
    status: 200,
    body: {
      emailAddress: mailbox.email,
      messagesTotal: mailbox.messages.size,
      threadsTotal: threads.size,
      historyId: String(mailbox.historyId),
    },
  };
}

function listLabels({ mailbox }: GmailContext): SimResponse {
  return { status: 200, body: { labels: [...mailbox.labels.keys()].map((id) => toLabel(mailbox, id)) } };
}

function getLabel({ mailbox }: GmailContext, id: string): SimResponse {
  return mailbox.labels.has(id) ? { status: 200, body: toLabel(mailbox, id) } : entityNotFound();
}

function toLabel(mailbox: Mailbox, id: string) {
  return { id, name: mailbox.labels.get(id), type: id.startsWith('Label_') ? 'user' : 'system' };
}

function getMessage(context: GmailContext, id: string): SimResponse {
  const message = context.mailbox.messages.get(id);
  const format = context.params.get('format') ?? 'full';
  if (!['full', 'metadata', 'minimal', 'raw'].includes(format))
    return invalidArgument(`Invalid value at 'format' (type.googleapis.com/google.apps.gmail.v1.Format), "${format}"`);
  return message === undefined ? entityNotFound() : { status: 200, body: toWire(context, message, format) };
}

function getThread(context: GmailContext, id: string): SimResponse {
  const messages = [...context.mailbox.messages.values()].filter((message) => message.threadId === id);
  const last = messages.toSorted((a, b) => Number(a.historyId - b.historyId)).at(-1);
  if (last === undefined) return entityNotFound();
  const format = context.params.get('format') ?? 'full';
  const wire = (message: SimMessage) => toWire(context, message, format);
  return { status: 200, body: { id, historyId: String(last.historyId), messages: messages.map(wire) } };
}
