/**
 * Schemas of Graph's answers. An answer as a whole is parsed strictly (a page has a list and valid links), an item
 * leniently (docs/vendors/onedrive.md#drives, docs/vendors/onedrive.md#items-and-hashes).
 */

import { z } from 'zod';
import { lenient, readableOf } from '../answers.ts';

/** The only origin that gets the access token; links to other origins are refused. */
export const graphOrigin = 'https://graph.microsoft.com';

export const graphLink = z.string().startsWith(`${graphOrigin}/v1.0/`);

/** A null link counts as absent; one of another type, or to another host, makes the whole answer unreadable. */
const optionalLink = graphLink.nullish().transform((link) => link ?? null);

const id = z.string().min(1);
/** A marker's presence says what an item is, regardless of its contents. */
const marker = z
  .unknown()
  .optional()
  .transform((value) => value !== undefined && value !== null);
/** A marker with fields of its own. */
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
  /** Graph sends an object, with or without the state in it; anything else does not prove a deletion. */
  deleted: z.looseObject({}).nullish(),
  remoteItem,
  specialFolder: lenient.object({ name: lenient.text }),
  /** An `error` means that an error was sent in place of the item. */
  error: z.null().optional(),
});

/** An item of no known kind is unreadable: if a folder were taken for a file, its contents would be lost. */
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

/** A folder above an item; only its location is needed. */
export const ancestor = z.looseObject({ id, parentReference: reference, root: marker });
export type Ancestor = z.infer<typeof ancestor>;

/** The location and name of an item that cannot be read. */
export const unreadItem = z
  .looseObject({ id: lenient.text, name: lenient.anyText, parentReference: reference })
  .catch({ id: undefined, name: undefined, parentReference: undefined });
export type UnreadItem = z.infer<typeof unreadItem>;

/**
 * Elements of a page: those that can be read, and what is known about the others. A feed may show an item twice, and the
 * last occurrence counts (docs/vendors/onedrive.md#delta), so one that cannot be read does not matter if it can be read
 * further down.
 */
const items = z.array(z.unknown()).transform((values) => {
  const results = values.map((value) => ({ value, read: driveItem.safeParse(value) }));
  const lastRead = new Map(results.flatMap(({ read }, at) => (read.success ? [[read.data.id, at]] : [])));
  return {
    read: results.flatMap(({ read }) => (read.success ? [read.data] : [])),
    unread: results.flatMap(({ value, read }, at) => {
      if (read.success) return [];
      const item = unreadItem.parse(value);
      return (lastRead.get(item.id ?? '') ?? -1) > at ? [] : [item];
    }),
  };
});

/** Exactly one of a page's two links is set, so an empty one beside the other is certainly absent. */
const oneOfTwoLinks = z
  .union([z.literal(''), graphLink])
  .nullish()
  .transform((link) => link || null);
const isOneWay = (page: { '@odata.nextLink': string | null; '@odata.deltaLink': string | null }): boolean =>
  (page['@odata.nextLink'] === null) !== (page['@odata.deltaLink'] === null);

/**
 * A page has either a next link or a delta link. With neither or both, it would be unclear whether it is the last one
 * (docs/vendors/onedrive.md#delta).
 */
export const deltaPage = z
  .looseObject({
    value: items,
    '@odata.nextLink': oneOfTwoLinks,
    '@odata.deltaLink': oneOfTwoLinks,
    error: z.null().optional(),
  })
  .refine(isOneWay);

/** An item of an enumeration that requests only shortcuts, with enough fields to tell the others apart from them. */
const maybeShortcut = z
  .looseObject({ id, remoteItem, file: marker, folder: marker, package: marker, root: marker })
  .refine((one) => Boolean(one.remoteItem) || one.file || one.folder || one.package || one.root);

export const shortcutFields = 'id,remoteItem,file,folder,package,root';

export const shortcutsPage = z
  .looseObject({
    value: readableOf(maybeShortcut),
    '@odata.nextLink': oneOfTwoLinks,
    '@odata.deltaLink': oneOfTwoLinks,
  })
  .refine(isOneWay);

export const childrenPage = z.looseObject({
  value: items,
  '@odata.nextLink': optionalLink,
  error: z.null().optional(),
});

/** Other objects have an id too, so a drive must also state its type or its owner. */
export const drive = z
  .looseObject({
    id,
    driveType: lenient.text,
    owner: lenient.object({ user: lenient.object({ displayName: lenient.text, email: lenient.text }) }),
  })
  .refine(({ driveType, owner }) => driveType !== undefined || owner !== undefined);

const listAnswer = { '@odata.nextLink': optionalLink, error: z.null().optional() };
export const sitesPage = z.looseObject({
  value: readableOf(z.looseObject({ id, displayName: lenient.anyText, name: lenient.anyText })),
  ...listAnswer,
});
/** A document library, as a drive. */
export const library = z.looseObject({ id, name: lenient.anyText, webUrl: lenient.text, driveType: z.string() });
export const librariesPage = z.looseObject({ value: readableOf(library), ...listAnswer });

export const person = z
  .looseObject({ mail: lenient.text, userPrincipalName: lenient.text, displayName: lenient.text })
  .refine((one) => (one.mail ?? one.userPrincipalName ?? one.displayName) !== undefined);

/** The fields requested for every item, in listings, feeds and look-ups alike. */
export const itemFields =
  'id,name,size,eTag,cTag,file,folder,package,bundle,deleted,remoteItem,root,malware,specialFolder,parentReference,fileSystemInfo,lastModifiedDateTime,webUrl';
