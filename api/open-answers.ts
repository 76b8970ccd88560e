import type { ServerResponse } from 'node:http';
import { tooManyConcurrent } from './turns.ts';

/** Counts the answers of one kind that stay open, such as event streams, by user. @param max the limit for one user */
export function createOpenAnswers(max: number) {
  const answers = new Map<string, number>();
  return {
    /** @throws Problem 429 if the user has too many open */
    open(userId: string, response: ServerResponse): void {
      // A client that has left already, while its request was checked, is not announced again.
      if (response.destroyed) return;
      const open = answers.get(userId) ?? 0;
      if (open >= max) throw tooManyConcurrent();
      answers.set(userId, open + 1);
      response.once('close', () => {
        const left = (answers.get(userId) ?? 1) - 1;
        if (left > 0) answers.set(userId, left);
        else answers.delete(userId);
      });
    },
  };
}
