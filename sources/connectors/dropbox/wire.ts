/**
 * Schemas of Dropbox's answers. An answer as a whole is parsed strictly (a page has entries, a cursor and says whether
 * there are more), an entry leniently (docs/vendors/dropbox.md#listing-and-delta).
 */

import { z } from 'zod';
import { lenient, readableOf } from '../answers.ts';

const id = z.string().min(1);

/** The root of the account's paths. It is required because without it a listing may be missing files unnoticed. */
export const account = z.looseObject({
  account_id: id,
  email: lenient.text,
  name: lenient.object({ display_name: lenient.text }),
  root_info: z.looseObject({ root_namespace_id: id, home_namespace_id: lenient.text }),
});

const place = { name: lenient.anyText, path_lower: lenient.text, path_display: lenient.text };

const file = z.looseObject({
  ...place,
  '.tag': z.literal('file'),
  id,
  rev: lenient.text,
  size: lenient.number,
  server_modified: lenient.text,
  content_hash: lenient.text,
  is_downloadable: lenient.boolean,
  export_info: lenient.object({ export_as: lenient.text, export_options: lenient.list(z.string()) }),
  symlink_info: z.unknown().optional(),
  sharing_info: lenient.object({ parent_shared_folder_id: lenient.text }),
});
export type FileEntry = z.infer<typeof file>;

const folder = z.looseObject({ ...place, '.tag': z.literal('folder') });
/** It has no id, so its path is required. */
const deleted = z
  .looseObject({ ...place, '.tag': z.literal('deleted') })
  .refine((entry) => (entry.path_lower || entry.path_display || '') !== '');

const isKnown = (tag: unknown): boolean => tag === 'file' || tag === 'folder' || tag === 'deleted';
/** Only files have a revision, so an entry with one is a file even if its tag is missing or unknown. */
const fileByRevision = z
  .looseObject({ '.tag': z.unknown().optional(), rev: z.string() })
  .refine((found) => !isKnown(found['.tag']))
  .transform((found): unknown => ({ ...found, '.tag': 'file' }))
  .pipe(file);
/** A kind of entry that Dropbox added later. Without an id it could also be a deletion, so the id is required. */
const unknownKind = z
  .looseObject({ '.tag': z.string(), id })
  .refine((found) => !isKnown(found['.tag']))
  .transform(() => ({ '.tag': 'unknown' as const }));

const entry = z.union([file, folder, deleted, fileByRevision, unknownKind]);

/**
 * An entry that cannot be read but names what it is about: an id, which a deletion never has, or the path of a file. Of
 * any other path it is unknown whether something is there or was deleted.
 */
const unreadable = z
  .looseObject({ ...place, '.tag': z.unknown().optional(), id: lenient.text, rev: lenient.text })
  .transform(({ '.tag': tag, id: fileId, rev, path_lower: lower, path_display: display }) => {
    const isFile = tag === 'file' || (rev !== undefined && !isKnown(tag));
    const path = lower || display?.toLowerCase() || null;
    const about = fileId?.startsWith('id:') === true ? fileId : isFile ? path : null;
    return { '.tag': 'unreadable' as const, about: about ?? '', name: display ?? path ?? about ?? '' };
  })
  .refine(({ about }) => about !== '');

const listed = z.union([entry, unreadable]);
export type DropboxEntry = z.infer<typeof listed>;

export const listing = z.looseObject({ entries: readableOf(listed), cursor: id, has_more: z.boolean() });
export type Listing = z.infer<typeof listing>;

/** Metadata of a single entry, which may be of an unknown kind. */
export const metadata = entry;

/** The answer to a download or an export: its metadata, with the bytes that the official client adds. */
export const content = z.looseObject({
  fileBinary: z.custom<Uint8Array>((value) => value instanceof Uint8Array || Buffer.isBuffer(value)),
});
