import { ask } from './client.ts';
import { pageSize, usePages } from './pages.ts';
import type * as api from './types.ts';

export type AuditFilter = Pick<api.ListAuditEventsQuery, 'action' | 'since' | 'until'>;

export function useAuditEvents(filter: AuditFilter) {
  return usePages<api.AuditEvent>(['audit-events', filter], async (cursor) => {
    const { events, nextCursor } = await ask<api.ListAuditEventsData>('GET', '/api/audit-events', {
      query: { ...filter, limit: pageSize, cursor },
    });
    return { rows: events, next: nextCursor };
  });
}
