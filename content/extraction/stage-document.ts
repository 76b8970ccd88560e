import { encodeStaged, type StagingTarget } from '../staging/staged-document.ts';
import { transformDocument, type TransformInput, type TransformResult } from './transform-document.ts';

export type StageInput = TransformInput & { readonly target: StagingTarget };

export type StageResult = Exclude<TransformResult, { readonly document: unknown }> | { readonly staged: Uint8Array };

/** Transforms a document and encodes it as it is staged. @throws SyncError the same as `transformDocument` */
export async function stageDocument({ target, ...input }: StageInput): Promise<StageResult> {
  const result = await transformDocument(input);
  return 'excluded' in result ? result : { staged: encodeStaged(result.document, target) };
}
