import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import { database } from './activity-options.ts';

export interface DeleteSourceInput {
  readonly dataSourceId: string;
  readonly userId: string;
  readonly keepDocuments: boolean;
  /** Set by the workflow itself when it continues as new. */
  readonly removedBefore?: number;
}

/** Stops the source's job, then removes what came from it, and the row last: killed anywhere, it goes on. */
export async function deleteSource(input: DeleteSourceInput): Promise<{ readonly documents: number }> {
  await database.stopJobOf(input);
  let documents = input.removedBefore ?? 0;
  let removed: number;
  do {
    removed = input.keepDocuments ? 0 : await database.removeDocumentsOf(input);
    documents += removed;
    // A source of any size: the history of one run stays small.
    if (workflowInfo().continueAsNewSuggested)
      return await continueAsNew<typeof deleteSource>({ ...input, removedBefore: documents });
  } while (removed > 0);
  await database.removeSource(input);
  return { documents };
}
