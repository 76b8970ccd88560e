/**
 * Schemas of Drive's answers. An answer must state its kind and contain its list, even if that is empty. A file must
 * have an id and a type; all its other fields may be missing or of another type.
 */

import { z } from 'zod';
import type { Gap } from '../../../domain/source.ts';
import { lenient } from '../answers.ts';

/** Null counts as absent; an empty token or a number is not usable. */
const token = z.string().min(1).nullish();
const id = z.string().min(1);
/** It is sent in a header, which no other characters may reach. */
const resourceKey = z
  .string()
  .regex(/^[\w-]{1,200}$/)
  .optional()
  .catch(undefined);

const shortcutDetails = lenient.object({
  targetId: lenient.text,
  targetMimeType: lenient.text,
  targetResourceKey: resourceKey,
});

/** A file, a folder or a shortcut: Drive treats all of them as files. */
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
  resourceKey,
  shortcutDetails,
  capabilities: lenient.object({ canDownload: lenient.boolean }),
});
export type DriveFile = z.output<typeof driveFile>;

/** The fields requested for every file, in listings, changes and look-ups alike. */
export const fileFields =
  'id,name,mimeType,md5Checksum,sha256Checksum,size,modifiedTime,parents,driveId,trashed,ownedByMe,webViewLink,resourceKey,shortcutDetails,capabilities(canDownload)';

export const fileList = z.object({
  kind: z.literal('drive#fileList').nullish(),
  nextPageToken: token,
  /** Anything but an explicit `false` counts as `true`. */
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

/** The last page contains the position for the next feed, the others contain the next page's token. */
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

/** Fields that may still reveal the location of an unreadable file. */
const traces = z.looseObject({
  id: id.optional().catch(undefined),
  name: lenient.text,
  parents: lenient.list(id),
  driveId: id.optional().catch(undefined),
});

/** Returns the readable files of a list, and the locations of the others. */
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
 * Makes a gap for an unreadable file: for itself if it has an id (it may be a folder), else for the folder that
 * contains it, else for everything listed.
 */
function unreadFile(file: unknown, within: string | null): Gap {
  const known = traces.safeParse(file).data;
  return {
    externalId: known?.id ?? known?.parents?.[0] ?? known?.driveId ?? within,
    name: known?.name ?? 'a file without a name',
    code: 'unexpected_answer',
    message: 'Google Drive returned an entry here that Headwater cannot read. The next sync lists it again.',
    retryAfterMs: null,
  };
}
