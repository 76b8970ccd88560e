/**
 * What Graph answers, as far as it is read here: strictly as an answer (a page has a list and proper links), leniently within
 * an item (docs/vendors/onedrive.md#drives, docs/vendors/onedrive.md#items-and-hashes).
 */

import { z } from 'zod';
import { lenient, readableOf } from '../answers.ts';

/** The only origin that ever gets the access token; links from elsewhere are refused. */
export const graphOrigin = 'https://graph.microsoft.com';

export const graphLink = z.string().startsWith(`${graphOrigin}/v1.0/`);

/** A link that is null is not there; one of another kind, or to another host, makes the whole answer unreadable. */
const optionalLink = graphLink.nullish().transform((link) => link ?? null);

const id = z.string().min(1);
/** Says by being there what an item is, whatever it holds. */
const marker = z
  .unknown()
  .optional()
  .transform((value) => value !== undefined && value !== null);
/** The same, with fields of its own. */
const facet = <Shape extends z.ZodRawShape>(shape: Shape) => {
  const fields = z.looseObject(shape);
  return z
    .unknown()
    .optional()
    .transform((value) =>
      value === undefined || value === null ? undefined : fields.catch(fields.parse({})).parse(value),
    );
};

const reference = lenient.object({ driveId: lenient.text, id: lenient.text });
const hashes = lenient.object({ quickXorHash: lenient.text, sha1Hash: lenient.text, sha256Hash: lenient.text });

const remoteItem = z
  .looseObject({ id, parentReference: z.looseObject({ driveId: id }), folder: marker, package: marker })
  .nullish();

const fields = z.looseObject({
  id,
  name: lenient.anyText,
  size: lenient.number,
  eTag: lenient.text,
  cTag: lenient.text,
  webUrl: lenient.text,
  lastModifiedDateTime: lenient.text,
  fileSystemInfo: lenient.object({ lastModifiedDateTime: lenient.text }),
  parentReference: reference,
  file: facet({ mimeType: lenient.text, hashes }),
  folder: facet({ childCount: lenient.number }),
  package: marker,
  bundle: marker,
  root: marker,
  malware: marker,
  /** Graph writes an object, with or without the state in it; anything else does not prove a deletion. */
  deleted: z.looseObject({}).nullish(),
  remoteItem,
  specialFolder: lenient.object({ name: lenient.text }),
  /** Not part of an item: an error in its place. */
  error: z.null().optional(),
});

/** One that says nothing of what it is, or in a way not known, is none: a folder among the files would lose what lies in it. */
export const driveItem = fields.refine(
  (item) =>
    item.file !== undefined ||
    item.folder !== undefined ||
    item.package ||
    item.bundle ||
    item.root ||
    Boolean(item.remoteItem) ||
    Boolean(item.deleted),
);
export type DriveItem = z.infer<typeof driveItem>;

/** Of a folder above an item: where it lies, whatever else is said of it. */
export const ancestor = z.looseObject({ id, parentReference: reference, root: marker });
export type Ancestor = z.infer<typeof ancestor>;

/** Of an item that cannot be read: where it lies, and what it is called. */
export const unreadItem = z
  .looseObject({ id: lenient.text, name: lenient.anyText, parentReference: reference })
  .catch({ id: undefined, name: undefined, parentReference: undefined });
export type UnreadItem = z.infer<typeof unreadItem>;

/** Elements of a page: what can be read, and what is known of the others. */
const items = z.array(z.unknown()).transform((values) => {
  const results = values.map((value) => ({ value, read: driveItem.safeParse(value) }));
  return {
    read: results.flatMap(({ read }) => (read.success ? [read.data] : [])),
    unread: results.flatMap(({ value, read }) => (read.success ? [] : [unreadItem.parse(value)])),
  };
});

const isOneWay = (page: { '@odata.nextLink': string | null; '@odata.deltaLink': string | null }): boolean =>
  (page['@odata.nextLink'] === null) !== (page['@odata.deltaLink'] === null);

/** A page says where it goes on or where it ends, never neither or both: that would be no telling whether it is the end (docs/vendors/onedrive.md#delta). */
export const deltaPage = z
  .looseObject({
    value: items,
    '@odata.nextLink': optionalLink,
    '@odata.deltaLink': optionalLink,
    error: z.null().optional(),
  })
  .refine(isOneWay);

/** Of an enumeration that asks for shortcuts only, and for enough of the others to tell that they are none. */
const maybeShortcut = z
  .looseObject({ id, remoteItem, file: marker, folder: marker, package: marker, root: marker })
  .refine((one) => Boolean(one.remoteItem) || one.file || one.folder || one.package || one.root);

export const shortcutFields = 'id,remoteItem,file,folder,package,root';

export const shortcutsPage = z
  .looseObject({
    value: readableOf(maybeShortcut),
    '@odata.nextLink': optionalLink,
    '@odata.deltaLink': optionalLink,
  })
  .refine(isOneWay);

export const childrenPage = z.looseObject({
  value: items,
  '@odata.nextLink': optionalLink,
  error: z.null().optional(),
});

/** Other objects have an id too: a drive tells its type or its owner as well. */
export const drive = z
  .looseObject({
    id,
    driveType: lenient.text,
    owner: lenient.object({ user: lenient.object({ displayName: lenient.text, email: lenient.text }) }),
  })
  .refine(({ driveType, owner }) => driveType !== undefined || owner !== undefined);

export const person = z
  .looseObject({ mail: lenient.text, userPrincipalName: lenient.text, displayName: lenient.text })
  .refine((one) => (one.mail ?? one.userPrincipalName ?? one.displayName) !== undefined);

/** What is asked of every item, in listings, feeds and look-ups alike. */
export const itemFields =
  'id,name,size,eTag,cTag,file,folder,package,bundle,deleted,remoteItem,root,malware,specialFolder,parentReference,fileSystemInfo,lastModifiedDateTime,webUrl';
