/** The words every room shares about what a source holds. Imports nothing. */

import type { ErrorCode } from './error-codes.ts';

export const sourceTypes = ['google_drive', 'gmail', 'dropbox', 'onedrive', 'notion', 'slack', 'local_folder'] as const;
export type SourceType = (typeof sourceTypes)[number];

/** Who an application is registered with; several source types may share one. */
export const vendorNames = ['google', 'dropbox', 'microsoft', 'notion', 'slack'] as const;
export type VendorName = (typeof vendorNames)[number];

/** Opaque to everyone but the connector that made it: the next page *within* one listing; dies with the job. */
export type Cursor = string & { readonly __brand: 'Cursor' };
/** Opaque to everyone but the connector that made it: where the *next* incremental job starts; stored on the data source. */
export type Checkpoint = string & { readonly __brand: 'Checkpoint' };

export type ItemType = 'file' | 'email' | 'message' | 'page' | 'note';

/** What the fingerprint is made of, so that a person can read it and a downloader can verify it. */
export type FingerprintKind =
  | 'sha256'
  | 'sha1'
  | 'md5'
  | 'content_hash'
  | 'quick_xor_hash'
  | 'etag'
  | 'version'
  | 'modified_at'
  | 'stat';

/** Changes when the content does. Compared before anything is downloaded. */
export interface Fingerprint {
  readonly kind: FingerprintKind;
  readonly value: string;
}

/** A reason a person understands for leaving an item out. `code` is stable, `message` is for the owner of the data. */
export interface SkipReason {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Everything a listing says about one item: enough to decide, to fetch and to show. No content. */
export interface ItemRef {
  readonly externalId: string;
  readonly itemType: ItemType;
  readonly name: string;
  /**
   * The container it lies in at the source, where it has one, or the item it belongs to (an attachment's mail). The path is
   * computed from the tree of containers.
   */
  readonly parentExternalId: string | null;
  /** Only from sources that have no containers of their own (a local folder): the full path, `/` between the parts. */
  readonly path?: string;
  readonly mimeType: string | null;
  /**
   * The type it will have when fetched, where the vendor converts it on the way: that decides whether it can be read. Known to
   * the listing only: what `fetch` needs to know stands in `hints`, which are kept.
   */
  readonly fetchedAs?: string;
  /** Bytes as the vendor states them; never trusted as a limit, native documents have none. */
  readonly size: number | null;
  /** UTC ISO 8601; what the vendor says, never a watermark. */
  readonly modifiedAt: string | null;
  readonly fingerprint: Fingerprint;
  readonly webUrl: string | null;
  /** Set when the listing alone shows that the item must be left out. */
  readonly skip?: SkipReason;
  /** What `fetch` of the same connector needs beside the id (a resource key, a drive id). Small; no secrets. */
  readonly hints?: Readonly<Record<string, string>>;
}

/** A folder, a shared drive: something items lie in. It becomes no document, it gives paths and can take its subtree with it. */
export interface ContainerRef {
  readonly externalId: string;
  /** Empty where what lies in it brings a path of its own (a day of a channel). */
  readonly name: string;
  readonly parentExternalId: string | null;
}

/**
 * One line of a listing page. `gone` names an item or a container; whatever lies in it (a subtree, a mail's attachments)
 * is gone with it. `gone_path` is for vendors that announce a deleted path and no id: what lies there and below goes,
 * whatever the case of its letters, save what the same page shows as present; with `only` what lies there itself, since
 * something else has taken its place. `all_listed` is for vendors that tell of no
 * deletion: all that lies in this parent, at any depth, was shown on this page or an earlier one; what else is known there is gone.
 * `gap` names a part that could not be listed (refused, partial, unreadable).
 */
export type Entry =
  | ({ readonly state: 'present' } & ItemRef)
  | ({ readonly state: 'container' } & ContainerRef)
  | { readonly state: 'deleted'; readonly externalId: string }
  | { readonly state: 'deleted_path'; readonly path: string; readonly only?: 'itself' }
  | { readonly state: 'all_listed'; readonly externalId: string }
  | ({ readonly state: 'gap' } & Gap);

/**
 * A part of the source that could not be listed, or only in part. Refused is not empty (P13): what is known to lie in it, at
 * any depth, is neither swept nor hidden, the job completes with this gap named, and the next job of any kind lists the
 * container again (`{ at: 'container' }`), until it can be listed.
 */
export interface Gap {
  /** The container that items in it name as their parent. Null: it is not known what is missing, so nothing at all is swept. */
  readonly externalId: string | null;
  /** What a person calls it: the folder's, the channel's, the database's name. */
  readonly name: string;
  /** Stable, as of a `SyncError`. */
  readonly code: ErrorCode;
  /** For the owner of the data: why it could not be listed, and what to do. */
  readonly message: string;
  /** When the vendor wants to be asked again, in milliseconds from now; null: with the next job. */
  readonly retryAfterMs: number | null;
}

/** Where a listing starts or goes on. A full and an incremental run are two places to start, not two methods. */
export type Position =
  | { readonly at: 'start' }
  | { readonly at: 'checkpoint'; readonly checkpoint: Checkpoint }
  /** The whole subtree of one container: asked when a feed announces a container not known before (moved in, untrashed). */
  | { readonly at: 'container'; readonly externalId: string }
  | { readonly at: 'cursor'; readonly cursor: Cursor };

export interface ListPage {
  /** May be empty although `next.more` is true. May repeat items of earlier pages; the later one counts. */
  readonly entries: readonly Entry[];
  readonly next:
    | { readonly more: true; readonly cursor: Cursor }
    | {
        readonly more: false;
        /** Taken *before* the walk began, so that a change during it is replayed. Null after a `container` listing and where there is nothing to start from. */
        readonly checkpoint: Checkpoint | null;
        /** True only if the listing is proven to hold everything but the gaps that it named; a sweep needs it. */
        readonly complete: boolean;
      };
}

/** Bytes as fetched. The caller stores them; the connector has verified checksum (where the vendor gives one) and cap. */
export interface Content {
  readonly bytes: Uint8Array;
  /** Of the bytes handed over (an export's type, not the native one). */
  readonly mimeType: string;
  /**
   * Of what was fetched, where the connector can tell. The item may have changed since it was listed, and an edit that is
   * undone brings a content hash back: recorded with the listed one, the next listing would take the edit for the item of today.
   */
  readonly fingerprint?: Fingerprint;
}
