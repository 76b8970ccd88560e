import { ask } from './client.ts';
import { pageSize, usePages } from './pages.ts';
import type * as api from './types.ts';

export function useAuditEvents() {
  return usePages<api.AuditEvent>(['audit-events'], async (cursor) => {
    const { events, nextCursor } = await ask<api.ListAuditEventsData>('GET', '/api/audit-events', {
      query: { limit: pageSize, cursor },
    });
    return { rows: events, next: nextCursor };
  });
}
