import type { SimResponse } from '../kit/server.ts';

/** An error of the data plane: a gRPC status as JSON. */
export function dataProblem(status: number, code: number, message: string): SimResponse {
  return { status, body: { code, message, details: [] } };
}

export const invalidArgument = (message: string): SimResponse => dataProblem(400, 3, message);

export function controlProblem(status: number, code: string, message: string): SimResponse {
  return { status, body: { status, error: { code, message } } };
}

export const unauthenticated = { status: 401, body: 'Invalid API Key' } satisfies SimResponse;
