import type { SimResponse } from '../kit/server.ts';

/**
 * An endpoint's own error: always 409, distinguished by tags; the summary ends in meaningless dots
 * (docs/vendors/dropbox.md#errors-and-limits).
 */
export function endpointError(...tags: readonly string[]): SimResponse {
  const [first = 'other', ...rest] = tags;
  const inner = rest.length === 0 ? {} : { [first]: tagged(rest) };
  return { status: 409, body: { error_summary: `${tags.join('/')}/..`, error: { '.tag': first, ...inner } } };
}

function tagged([first = 'other', ...rest]: readonly string[]): object {
  return { '.tag': first, ...(rest.length === 0 ? {} : { [first]: tagged(rest) }) };
}

/** Dropbox answers a request that it cannot parse with plain text. */
export function badRequest(route: string, why: string): SimResponse {
  return {
    status: 400,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: `Error in call to API function "${route}": ${why}`,
  };
}

export function unauthorized(tag: string, more: object = {}): SimResponse {
  return { status: 401, body: { error_summary: `${tag}/...`, error: { '.tag': tag, ...more } } };
}

export function invalidRoot(rootId: string): SimResponse {
  const root = { '.tag': 'team', root_namespace_id: rootId, home_namespace_id: '3', home_path: '/' };
  return {
    status: 422,
    body: { error_summary: 'invalid_root/...', error: { '.tag': 'invalid_root', invalid_root: root } },
  };
}
