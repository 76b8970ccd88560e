/** Composio's answers, as in its OpenAPI document. */

import type { SimResponse } from '../kit/server.ts';
import type { Account, ComposioState } from './state.ts';

export function refusal(status: number, message: string, suggestedFix = 'See the documentation'): SimResponse {
  const error = { message, code: 1000 + status, status, request_id: 'req_simulated', suggested_fix: suggestedFix };
  return { status, body: { error } };
}

export function authConfig(state: ComposioState, toolkit: string): object {
  return {
    id: authConfigId(toolkit),
    uuid: '00000000-0000-4000-8000-000000000000',
    type: 'default',
    toolkit: { slug: toolkit, logo: 'https://logos.example.test/x.svg' },
    name: `${toolkit} (simulated)`,
    auth_scheme: 'OAUTH2',
    is_composio_managed: true,
    credentials: {},
    status: 'ENABLED',
    no_of_connections: [...state.accounts.values()].filter((account) => account.toolkit === toolkit).length,
    tool_access_config: {},
  };
}

export function authConfigId(toolkit: string): string {
  return `ac_${toolkit.replaceAll('_', '')}`;
}

export function connectedAccount(account: Account, masked: boolean): object {
  const status = account.hidden > 0 ? 'INITIATED' : account.status;
  return {
    id: account.id,
    toolkit: { slug: account.toolkit },
    auth_config: {
      id: authConfigId(account.toolkit),
      auth_scheme: 'OAUTH2',
      is_composio_managed: true,
      is_disabled: false,
    },
    user_id: account.userId,
    status,
    status_reason: account.statusReason,
    is_disabled: status === 'INACTIVE',
    created_at: account.createdAt.toISOString(),
    updated_at: account.updatedAt.toISOString(),
    state: { authScheme: 'OAUTH2', val: stateOf(account, status, masked) },
    data: {},
    params: {},
  };
}

function stateOf(account: Account, status: string, masked: boolean): object {
  const { tokens } = account;
  if (status === 'INITIATED') return { status, redirectUrl: account.callbackUrl };
  if (status === 'FAILED') return { status, error: 'access_denied' };
  if (status === 'EXPIRED') return { status, expired_at: account.updatedAt.toISOString() };
  if (status === 'REVOKED' || tokens === null) return { status };
  const shown = (secret: string): string => (masked ? `${secret.slice(0, 4)}...` : secret);
  return {
    status,
    access_token: shown(tokens.accessToken),
    ...(tokens.refreshToken === null ? {} : { refresh_token: shown(tokens.refreshToken) }),
    token_type: 'bearer',
    expires_in: tokens.expiresInS,
    scope: tokens.scope,
  };
}
