import { randomUUID } from 'node:crypto';
import type { SimRequest, SimResponse } from '../kit/server.ts';
import { refusal } from './wire.ts';
import type { ComposioState } from './state.ts';

interface ProxyCall {
  readonly endpoint?: string;
  readonly method?: string;
  readonly body?: unknown;
  readonly connected_account_id?: string;
  readonly parameters?: readonly { readonly name: string; readonly value: string; readonly type: 'header' | 'query' }[];
}

/** Files from proxied answers in Composio's temporary storage. */
export type StoredFiles = Map<string, { readonly bytes: Buffer; readonly type: string }>;

const fileLivesMs = 3_600_000;

/**
 * Makes the call at the vendor with the account's token; any answer of the vendor counts as a success of Composio's.
 */
export async function proxyExecute(
  state: ComposioState,
  files: StoredFiles,
  filesUrl: string,
  request: SimRequest,
): Promise<SimResponse> {
  const call = JSON.parse(request.body.toString() || '{}') as ProxyCall;
  const account = state.accounts.get(call.connected_account_id ?? '');
  if (call.connected_account_id === undefined) return refusal(400, 'MissingAuthContext');
  if (account === undefined) return refusal(404, 'Connected account not found');
  await state.refreshWhatIsDue(account);
  const vendor = state.vendor(account.toolkit);
  if (account.status !== 'ACTIVE' || account.tokens === null || vendor === undefined)
    return refusal(422, 'Connected account is not in an ACTIVE state');
  const url = new URL(call.endpoint ?? '', vendor.origin);
  // A token is never sent to another domain than the connection's own.
  if (url.origin !== vendor.origin) return refusal(400, 'OriginMismatch');
  const headers = new Headers({ authorization: `Bearer ${account.tokens.accessToken}` });
  for (const { name, value, type } of call.parameters ?? []) {
    if (type === 'query') url.searchParams.append(name, value);
    else if (name.toLowerCase() !== 'authorization') headers.set(name, value);
  }
  const hasBody = call.body !== undefined && call.body !== null;
  // A POST without a body has no content type either.
  if (!hasBody) headers.delete('content-type');
  const response = await fetch(url, {
    method: call.method ?? 'GET',
    headers,
    ...(hasBody ? { body: typeof call.body === 'string' ? call.body : JSON.stringify(call.body) } : {}),
  }).catch(() => null);
  if (response === null) return refusal(502, 'Error communicating with the upstream API');
  const bytes = await response.arrayBuffer().then(
    (body) => Buffer.from(body),
    () => null,
  );
  if (bytes === null) return refusal(502, 'Error communicating with the upstream API');
  const type = response.headers.get('content-type') ?? 'application/octet-stream';
  const answer = { status: response.status, headers: Object.fromEntries(response.headers) };
  return { status: 200, body: { ...answer, ...contentOf(bytes, type, files, filesUrl) } };
}

/** JSON is parsed, text is decoded, and everything else goes to the file store. */
function contentOf(bytes: Buffer, type: string, files: StoredFiles, filesUrl: string): object {
  if (type.includes('json') && bytes.length > 0) return { data: JSON.parse(bytes.toString()) as unknown };
  if (type.startsWith('text/') || bytes.length === 0) return { data: bytes.toString() };
  const id = randomUUID();
  files.set(id, { bytes, type });
  const expiresAt = new Date(Date.now() + fileLivesMs).toISOString();
  return {
    data: null,
    binary_data: { url: `${filesUrl}/${id}`, content_type: type, size: bytes.length, expires_at: expiresAt },
  };
}
