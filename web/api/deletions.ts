import { ask } from './client.ts';
import type * as api from './types.ts';

const pollMs = 300;
const maxWaitMs = 30_000;

/**
 * Waits until a deletion has ended, so that a list that is loaded next does not show what was deleted. It goes on by
 * itself if it takes longer than half a minute.
 * @throws Error if it failed
 */
export async function untilDeleted({ id }: api.Deletion): Promise<void> {
  const end = Date.now() + maxWaitMs;
  while (Date.now() < end) {
    const { deletion } = await ask<api.GetDeletionData>('GET', '/api/deletions', { query: { id } });
    if (deletion.status === 'completed') return;
    if (deletion.status === 'failed') throw new Error('The deletion failed. Try again.');
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
