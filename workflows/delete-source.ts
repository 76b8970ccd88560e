import { database } from './activity-options.ts';

export interface DeleteSourceInput {
  readonly dataSourceId: string;
  readonly userId: string;
  readonly keepDocuments: boolean;
}

/** Stops the source's job, then removes what came from it, and the row last: killed anywhere, it goes on. */
export async function deleteSource(input: DeleteSourceInput): Promise<{ readonly documents: number }> {
  await database.stopJobOf(input);
  let documents = 0;
  let removed: number;
  do {
    removed = input.keepDocuments ? 0 : await database.removeDocumentsOf(input);
    documents += removed;
  } while (removed > 0);
  await database.removeSource(input);
  return { documents };
}
