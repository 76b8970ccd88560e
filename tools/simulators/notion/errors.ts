import type { SimResponse } from '../kit/server.ts';

/** Every error of Notion's API has this form (docs/vendors/notion.md#limits-and-errors). */
export function apiError(status: number, code: string, message: string, additional?: object): SimResponse {
  const body = { object: 'error', status, code, message, request_id: 'b1c2d3e4-0000-4000-8000-000000000000' };
  return { status, body: additional === undefined ? body : { ...body, additional_data: additional } };
}

export function notFound(what: string, id: string): SimResponse {
  return apiError(
    404,
    'object_not_found',
    `Could not find ${what} with ID: ${id}. Make sure the relevant pages and databases are shared with your integration.`,
  );
}

export function invalid(message: string): SimResponse {
  return apiError(400, 'validation_error', message);
}
