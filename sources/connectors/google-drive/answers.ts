/**
 * What is needed of Drive's answers. An answer says its kind and has its list, also where that is empty; a file has an id and
 * a type, and everything else of it may be missing or of another type.
 */

import { z } from 'zod';
import type { Gap } from '../../../domain/source.ts';
import { lenient } from '../answers.ts';

/** Null is as absent; an empty token or a number leads nowhere. */
const token = z.string().min(1).nullish();
const id = z.string().min(1);

const shortcutDetails = lenient.object({
  targetId: lenient.text,
  targetMimeType: lenient.text,
  targetResourceKey: lenient.text,
});

/** A file, a folder or a shortcut: all are files to Drive. */
export const driveFile = z.object({
  id,
  mimeType: id,
  name: lenient.text,
  md5Checksum: lenient.text,
  sha256Checksum: lenient.text,
  size: lenient.anyText,
  modifiedTime: lenient.text,
  parents: lenient.list(id),
  driveId: id.optional().catch(undefined),
  trashed: lenient.boolean,
  ownedByMe: lenient.boolean,
  webViewLink: lenient.text,
  resourceKey: lenient.text,
  shortcutDetails,
  capabilities: lenient.object({ canDownload: lenient.boolean }),
});
export type DriveFile = z.output<typeof driveFile>;

/** What is asked of every file, in listings, changes and look-ups alike. */
export const fileFields =
  'id,name,mimeType,md5Checksum,sha256Checksum,size,modifiedTime,parents,driveId,trashed,ownedByMe,webViewLink,resourceKey,shortcutDetails,capabilities(canDownload)';

export const fileList = z.object({
  kind: z.literal('drive#fileList').nullish(),
  nextPageToken: token,
  /** Anything but a plain no is taken for a yes. */
  incompleteSearch: z
    .unknown()
    .optional()
    .transform((value) => value !== undefined && value !== null && value !== false),
  files: z.array(z.unknown()),
});
export const fileListFields = `kind,nextPageToken,incompleteSearch,files(${fileFields})`;

export const driveChange = z.object({
  changeType: lenient.text,
  fileId: id.optional().catch(undefined),
  driveId: id.optional().catch(undefined),
  removed: lenient.boolean,
  file: z.unknown().optional(),
});
export type DriveChange = z.output<typeof driveChange>;

/** The last page names where to go on from next time, the others the next page. */
export const changeList = z
  .object({
    kind: z.literal('drive#changeList').nullish(),
    nextPageToken: token,
    newStartPageToken: token,
    changes: z.array(z.unknown()),
  })
  .refine(({ nextPageToken, newStartPageToken }) => nextPageToken != null || newStartPageToken != null);
export const changeListFields = `kind,nextPageToken,newStartPageToken,changes(changeType,fileId,driveId,removed,file(${fileFields}))`;

export const startPageToken = z.object({ startPageToken: id });

export const sharedDrive = z.object({ id, name: lenient.text });
export type SharedDrive = z.output<typeof sharedDrive>;

export const driveList = z.object({
  kind: z.literal('drive#driveList').nullish(),
  nextPageToken: token,
  drives: z.array(z.unknown()),
});

export const about = z.object({
  user: z.looseObject({ emailAddress: lenient.text, displayName: lenient.text }),
});

/** What may still tell where a file lies that cannot be read. */
const traces = z.looseObject({
  id: id.optional().catch(undefined),
  name: lenient.text,
  parents: lenient.list(id),
  driveId: id.optional().catch(undefined),
});

/** The files of a list that can be read, and where the others lie. */
export function readFiles(
  files: readonly unknown[],
  within: string | null,
): { readonly files: DriveFile[]; readonly gaps: Gap[] } {
  const read: DriveFile[] = [];
  const gaps: Gap[] = [];
  for (const file of files) {
    const { success, data } = driveFile.safeParse(file);
    if (success) read.push(data);
    else gaps.push(unreadFile(file, within));
  }
  return { files: read, gaps };
}

/**
 * A file that cannot be told: itself where it has an id (it may be a folder), else the folder that it lies in, else all that
 * was listed.
 */
function unreadFile(file: unknown, within: string | null): Gap {
  const known = traces.safeParse(file).data;
  return {
    externalId: known?.id ?? known?.parents?.[0] ?? known?.driveId ?? within,
    name: known?.name ?? 'a file without a name',
    code: 'unexpected_answer',
    message: 'Google Drive told of something here that Headwater cannot read. It is listed again by the next sync.',
    retryAfterMs: null,
  };
}
