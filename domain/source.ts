/** Types for what a source contains, shared by all modules. Imports nothing. */

import type { ErrorCode } from './error-codes.ts';
import type { Note } from './storable.ts';

export const sourceTypes = [
  'google_drive',
  'gmail',
  'dropbox',
  'onedrive',
  'notion',
  'slack',
  'local_folder',
  'upload',
] as const;
export type SourceType = (typeof sourceTypes)[number];

/** Vendors with which an application is registered. Several source types may share one. */
export const vendorNames = ['google', 'dropbox', 'microsoft', 'notion', 'slack'] as const;
export type VendorName = (typeof vendorNames)[number];

/**
 * Opaque outside the connector that created it: the next page *within* one listing. It is discarded at the end of the
 * job.
 */
export type Cursor = string & { readonly __brand: 'Cursor' };
/**
 * Opaque outside the connector that created it: where the *next* incremental job starts. It is stored on the data
 * source.
 */
export type Checkpoint = string & { readonly __brand: 'Checkpoint' };

export type ItemType = 'file' | 'email' | 'message' | 'page' | 'note';

/** The source of the fingerprint, so that a person can interpret it and a downloader can verify it. */
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

/** Changes when the content does. It is compared before anything is downloaded. */
export interface Fingerprint {
  readonly kind: FingerprintKind;
  readonly value: string;
}

/**
 * Why an item is skipped, in a form that a person understands. `code` is stable; `message` is for the owner of the
 * data.
 */
export interface SkipReason {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Everything that a listing says about one item: enough to decide, to fetch and to display it. It has no content. */
export interface ItemRef {
  readonly externalId: string;
  readonly itemType: ItemType;
  readonly name: string;
  /**
   * The item's container at the source, if it has one, or the item it belongs to (an attachment's mail). The path is
   * computed from the tree of containers.
   */
  readonly parentExternalId: string | null;
  /** Set by sources without containers (a local folder): the full path, with `/` between its parts. */
  readonly path?: string;
  readonly mimeType: string | null;
  /**
   * The type of the fetched content, if the vendor converts it during download. It decides whether the content can be
   * read. It is not stored; what `fetch` needs is in `fetchHints`, which are.
   */
  readonly fetchedAs?: string;
  /** Size in bytes as the vendor states it. It is never trusted as a limit, and native documents have none. */
  readonly size: number | null;
  /** UTC ISO 8601, as the vendor states it; never used as a watermark. */
  readonly modifiedAt: string | null;
  readonly fingerprint: Fingerprint;
  readonly webUrl: string | null;
  /** Set when the listing alone shows that the item must be skipped. */
  readonly skip?: SkipReason;
  /**
   * Values that this connector's `fetch` needs beside the id (a resource key, a drive id). They are small and contain
   * no secrets.
   */
  readonly fetchHints?: Readonly<Record<string, string>>;
}

/**
 * A folder or a shared drive that contains items. It does not become a document: it provides paths, and deleting it
 * deletes its subtree.
 */
export interface ContainerRef {
  readonly externalId: string;
  /** Empty if the items in it have paths of their own (a day of a channel). */
  readonly name: string;
  readonly parentExternalId: string | null;
}

/**
 * One line of a listing page. `deleted` names an item or a container; everything in it (a subtree, a mail's
 * attachments) is deleted with it. `deleted_path` is for vendors that report a deleted path and no id: everything at
 * this path and below is deleted, ignoring case, except what the same page shows as present. With `only`, just the item
 * at this path is deleted, because something else has taken its place. `all_listed` is for vendors that do not report
 * deletions: everything in this parent, at any depth, was shown on this page or an earlier one, so anything else known
 * there is deleted, once the vendor has confirmed that where single ids can be looked up. Beside `deleted` for the same id,
 * its contents are confirmed as well, instead of being deleted with it. `gap` names a part that could not be listed
 * (refused, partial, unreadable).
 */
export type Entry =
  | ({ readonly state: 'present' } & ItemRef)
  | ({ readonly state: 'container' } & ContainerRef)
  | { readonly state: 'deleted'; readonly externalId: string }
  | { readonly state: 'deleted_path'; readonly path: string; readonly only?: 'itself' }
  | { readonly state: 'all_listed'; readonly externalId: string }
  | ({ readonly state: 'gap' } & Gap);

/**
 * A part of the source that could not be listed, or not completely. A refusal does not mean that it is empty (P13):
 * known items in it, at any depth, are neither swept nor hidden. The job completes and names this gap, and each later
 * job lists the container again (`{ at: 'container' }`) until that succeeds.
 */
export interface Gap {
  /**
   * The container that the affected items name as their parent. Null if it is unknown what is missing, in which case
   * nothing at all is swept.
   */
  readonly externalId: string | null;
  /** The name that a person uses: of the folder, the channel or the database. */
  readonly name: string;
  /** Stable, like the code of a `SyncError`. */
  readonly code: ErrorCode;
  /** For the owner of the data: why it could not be listed, and what to do. */
  readonly message: string;
  /** When the vendor allows another attempt, in milliseconds from now. Null means with the next job. */
  readonly retryAfterMs: number | null;
}

/**
 * The place where a listing starts or continues. Full and incremental runs differ only in where they start, so they
 * need no separate methods.
 */
export type Position =
  | { readonly at: 'start' }
  | { readonly at: 'checkpoint'; readonly checkpoint: Checkpoint }
  /**
   * The whole subtree of one container. Used when a feed reports a container that was not known before (moved in,
   * restored).
   */
  | { readonly at: 'container'; readonly externalId: string }
  | { readonly at: 'cursor'; readonly cursor: Cursor };

export interface ListPage {
  /** May be empty although `next.more` is true. May repeat items of earlier pages; the last occurrence counts. */
  readonly entries: readonly Entry[];
  readonly next:
    | { readonly more: true; readonly cursor: Cursor }
    | {
        readonly more: false;
        /**
         * Taken *before* the listing began, so that a change during the listing is replayed. Null after a `container`
         * listing, and for sources without a position to start from.
         */
        readonly checkpoint: Checkpoint | null;
        /**
         * True only if the listing is proven to contain everything except the gaps that it named. The sweep requires
         * this.
         */
        readonly complete: boolean;
      };
}

/**
 * The fetched bytes. The caller stores them; the connector has verified the checksum (if the vendor provides one) and
 * the size limit.
 */
export interface Content {
  readonly bytes: Uint8Array;
  /** The type of these bytes (of the export, not the native type). */
  readonly mimeType: string;
  /**
   * The fingerprint of the fetched content, if the connector knows it. The item may have changed since it was listed,
   * and undoing an edit restores the old content hash. If the listed fingerprint were recorded, the next listing would
   * take the edited content for the current one.
   */
  readonly fingerprint?: Fingerprint;
  /** What the item's owner should know of these bytes, above all what they lack. */
  readonly notes?: readonly Note[];
}
