import type { Logger } from 'pino';
import type { Selects } from '../../domain/selection.ts';
import type { Content, ItemRef, ListPage, Position, SourceType } from '../../domain/source.ts';
import type { UploadedFiles } from '../../domain/uploads.ts';

/** Provides a valid access token and refreshes it under a lock if necessary. Connectors never see refresh tokens. */
export interface AccessTokenProvider {
  /**
   * @throws SyncError `unauthorized` if only a new sign-in helps, `unavailable` if the vendor's token endpoint is down
   */
  accessToken(signal: AbortSignal): Promise<string>;
  /** The vendor refused this token (401): forget it, so that the next `accessToken` refreshes. */
  invalidate(accessToken: string): void;
  /**
   * Returns the `fetch` that executes the calls made with this token, if a connection provider keeps the real token and
   * `accessToken` is a placeholder. Usually undefined: the official client then calls its vendor directly. A
   * `SyncError` thrown by this `fetch` is passed on unchanged.
   */
  fetchFor?(accessToken: string): typeof fetch | undefined;
}

/**
 * Runs before each call to the vendor: waits a moment for its turn, or refuses. `units` are the vendor's own if it
 * counts any (Google), else 1.
 * @throws SyncError `rate_limited` if the turn is too far ahead to wait for it here
 */
export type Throttle = (units: number, signal: AbortSignal) => Promise<void>;

/** Everything a connector is built from. It contains no database and no Temporal. */
export interface ConnectorContext {
  readonly tokens: AccessTokenProvider;
  readonly throttle: Throttle;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn'>;
  /** Maximum size of one item in bytes; reading stops there. */
  readonly maxItemBytes: number;
  /**
   * Set once the activity has been refused again and again: a limit that the vendor applies to a call about one item or
   * container then concerns only that, if the account itself answers (see part-limits.ts). So do the failures of most
   * items of a page (see read-each.ts).
   */
  readonly isRefusedRepeatedly?: boolean;
  /** The files that were uploaded to this source; absent before the source exists. */
  readonly uploads?: UploadedFiles;
}

/** Something in the account that a person can select to sync: a folder, a label, a channel, a database. */
export interface Choice {
  /** The value that the config field accepts. */
  readonly value: string;
  readonly label: string;
  readonly hasChildren: boolean;
}

/** Lists the choices directly within `within` (null: at the top level), at most a few hundred. */
export type Choices = (within: string | null, signal: AbortSignal) => Promise<readonly Choice[]>;

/**
 * Lists and fetches one source type. A connector only reads, never retries (the workflow engine does), passes the abort
 * signal to every call and throws only `SyncError`.
 */
export interface Connector {
  readonly sourceType: SourceType;
  /** False if the source never reports deletions; only a full listing and a sweep then find them. */
  readonly reportsDeletions: boolean;
  /** False if there is no change feed: a checkpoint is then a time window that never sweeps. */
  readonly hasChangeFeed: boolean;
  /**
   * Set if the items' URLs contain the names of the folders above them and the feed does not report the contents of a
   * renamed or moved folder. Such a folder is listed again.
   */
  readonly urlsContainPaths?: boolean;
  /**
   * Set if a listing may show an item again on a later page, where only the last time counts. What a full listing has
   * stored before it is stopped may then be outdated, and the change feed does not correct it.
   */
  readonly lastOccurrenceCounts?: boolean;
  /**
   * Maximum number of ids for one `lookUp`, for vendors that answer for single ids cheaply: items that a full listing
   * missed are then looked up before they are removed. Absent if there is no such call.
   */
  readonly lookUpBatchSize?: number;
  /**
   * The rules by which the config selects among what the listing shows, if the vendor's listing does not apply them
   * itself. The engine applies them to all entries of listings, feeds and look-ups; absent if everything shown is
   * selected.
   */
  readonly selects?: Selects;
  /** Days after which the config removes an item, by its own time. `selects` says the same of what is shown. */
  readonly retainDays?: number;
  /** Maximum number of entries that one `listPage` returns. */
  readonly maxPageSize: number;

  /** Makes one cheap call that proves the credentials. `account` is a label for people (an email address, a folder). */
  check(signal: AbortSignal): Promise<{ readonly account: string }>;

  /**
   * Lists one page. If a part (one folder, drive, channel, database) is refused, partial or unreadable, a `gap` entry
   * names it and the listing continues. Only errors of the account itself are thrown, with `scope: 'account'`. An answer
   * of the wrong shape is thrown as `unexpected_answer` (see answers.ts). A retry may request the same position again
   * and gets the current state.
   * @throws SyncError `checkpoint_expired` if the position is lost: the caller then lists everything again
   */
  listPage(position: Position, signal: AbortSignal): Promise<ListPage>;

  /**
   * Fetches the bytes of one item, at most `maxItemBytes`, verified against the vendor's checksum if it has one.
   * @param isLastTry set if an item that fails again is left to a later job: a connector may then read it in a way that
   * is slower, or gives less, than the usual one
   * @throws SyncError `not_found`, `forbidden`, `too_large`, `unsupported` for this item; `unavailable` for a truncated
   * body
   */
  fetch(ref: ItemRef, signal: AbortSignal, isLastTry?: boolean): Promise<Content>;

  /**
   * Returns the listing entries of single items, for `manual` jobs and to confirm that items missed by a full listing
   * are really deleted (see `lookUpBatchSize`). It applies the same scope as a listing: an item outside of the config
   * is `deleted`, and so is one that the vendor says does not exist or is no longer shared. If the vendor refuses to
   * answer, neither applies: the call throws, or names a `gap`.
   */
  lookUp(externalIds: readonly string[], signal: AbortSignal): Promise<ListPage['entries']>;

  /** The values that the account offers for config fields, by field name. All other fields are free text. */
  readonly choices?: Readonly<Record<string, Choices>>;
}
