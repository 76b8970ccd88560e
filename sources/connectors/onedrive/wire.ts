/** What Graph answers, as far as it is read here [reference 3.2 to 3.4]. */

import { z } from 'zod';

/** The only origin that ever gets the access token; links from elsewhere are refused. */
export const graphOrigin = 'https://graph.microsoft.com';

export const graphLink = z.string().startsWith(`${graphOrigin}/v1.0/`);

const reference = z.object({ driveId: z.string().nullish(), id: z.string().nullish() });
const file = z.object({
  mimeType: z.string().nullish(),
  hashes: z
    .object({
      quickXorHash: z.string().nullish(),
      sha1Hash: z.string().nullish(),
      sha256Hash: z.string().nullish(),
    })
    .nullish(),
});
const marker = z.object({});

export const driveItem = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  size: z.number().nullish(),
  eTag: z.string().nullish(),
  cTag: z.string().nullish(),
  webUrl: z.string().nullish(),
  lastModifiedDateTime: z.string().nullish(),
  fileSystemInfo: z.object({ lastModifiedDateTime: z.string().nullish() }).nullish(),
  parentReference: reference.nullish(),
  file: file.nullish(),
  folder: z.object({ childCount: z.number().nullish() }).nullish(),
  package: marker.nullish(),
  remoteItem: z
    .object({
      id: z.string().min(1),
      parentReference: reference.nullish(),
      file: marker.nullish(),
      folder: marker.nullish(),
      package: marker.nullish(),
    })
    .nullish(),
  root: marker.nullish(),
  malware: marker.nullish(),
  deleted: marker.nullish(),
});
export type DriveItem = z.infer<typeof driveItem>;

export const deltaPage = z.object({
  value: z.array(driveItem),
  '@odata.nextLink': graphLink.optional(),
  '@odata.deltaLink': graphLink.optional(),
});

export const childrenPage = z.object({ value: z.array(driveItem), '@odata.nextLink': graphLink.optional() });

export const drive = z.object({
  id: z.string().min(1),
  driveType: z.string().nullish(),
  owner: z
    .object({ user: z.object({ displayName: z.string().nullish(), email: z.string().nullish() }).nullish() })
    .nullish(),
});

export const person = z.object({
  mail: z.string().nullish(),
  userPrincipalName: z.string().nullish(),
  displayName: z.string().nullish(),
});

/** What is asked of every item, in listings, feeds and look-ups alike. */
export const itemFields =
  'id,name,size,eTag,cTag,file,folder,package,deleted,remoteItem,root,malware,parentReference,fileSystemInfo,lastModifiedDateTime,webUrl';
