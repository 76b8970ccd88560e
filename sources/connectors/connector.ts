import type { Logger } from 'pino';
import type { Content, ItemRef, ListPage, Position, SourceType } from '../../domain/source.ts';

/** Hands out a live access token; refreshes under a lock where it must. Connectors never see refresh tokens. */
export interface AccessTokenProvider {
  /** @throws SyncError `unauthorized` when only a new sign-in helps, `unavailable` when the vendor's token endpoint is down */
  accessToken(signal: AbortSignal): Promise<string>;
  /** The vendor refused this token (401): forget it, so that the next `accessToken` refreshes. */
  invalidate(accessToken: string): void;
  /**
   * Who carries the calls made with this token: where a connection provider keeps the real token to itself, it does, and the
   * token is a mere name. Undefined, as a rule: the official client calls its vendor as it always does. What a carrier throws
   * is a `SyncError` and goes on as it is.
   */
  fetchFor?(accessToken: string): typeof fetch | undefined;
}

/**
 * Asked before each call to the vendor: waits a moment for its turn, or refuses. `units` are the vendor's own where it
 * counts any (Google), else 1.
 * @throws SyncError `rate_limited` when the turn is too far ahead to wait for it here
 */
export type Pace = (units: number, signal: AbortSignal) => Promise<void>;

/** What a connector is built from: data only, no database, no Temporal. */
export interface ConnectorContext {
  readonly tokens: AccessTokenProvider;
  readonly pace: Pace;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn'>;
  /** Bytes one item may have; reading stops there. */
  readonly maxItemBytes: number;
}

/** One thing of the account that a person can choose to sync: a folder, a label, a channel, a database. */
export interface Choice {
  /** What the config field takes. */
  readonly value: string;
  readonly label: string;
  /** Whether there is something to choose within it. */
  readonly hasChildren: boolean;
}

/** What there is to choose directly within `within` (null: at the top), at most a few hundred. */
export type Choices = (within: string | null, signal: AbortSignal) => Promise<readonly Choice[]>;

/**
 * One source type's way to list and fetch. It reads only, never retries (the workflow engine does), passes the abort
 * signal to every call and throws nothing but `SyncError`.
 */
export interface Connector {
  readonly sourceType: SourceType;
  /** False when the source never says what was deleted: only a full listing and a sweep find that. */
  readonly reportsDeletions: boolean;
  /** False when there is no feed: a checkpoint is then a time window that never sweeps. */
  readonly hasChangeFeed: boolean;
  /**
   * Links of items name the folders above them, and the feed does not tell of what lies in a folder that was renamed or
   * moved: such a folder is listed again.
   */
  readonly urlsContainPaths?: boolean;
  /**
   * How many ids one `lookUp` takes at the most, where the vendor answers for single ids at little cost: what a full listing
   * missed is then asked for before it is removed. Left out where there is no such call.
   */
  readonly lookUpBatchSize?: number;
  /** Entries one `listPage` returns at the most. */
  readonly maxPageSize: number;

  /** One cheap call that proves the credentials. `account` is a label for people (a mail address, a folder). */
  check(signal: AbortSignal): Promise<{ readonly account: string }>;

  /**
   * One page. A part that is refused, partial or unreadable (one folder, drive, channel, database) is a `gap` entry and the
   * listing goes on; only what the vendor says of the account itself is thrown, with `scope: 'account'`. An answer of the
   * wrong shape is thrown as `unexpected_answer` (see answers.ts). The same position may be asked again (a retry) and answers the state of that moment.
   * @throws SyncError `checkpoint_expired` when the position is lost: the caller lists everything again
   */
  listPage(position: Position, signal: AbortSignal): Promise<ListPage>;

  /**
   * The bytes of one item, at most `maxItemBytes`, checked against the vendor's checksum where it has one.
   * @throws SyncError `not_found`, `forbidden`, `too_large`, `unsupported` for this item; `unavailable` for a body cut short
   */
  fetch(ref: ItemRef, signal: AbortSignal): Promise<Content>;

  /**
   * The listing facts of single items, for `manual` jobs and to confirm what a full listing missed before it is removed (see
   * `lookUpBatchSize`). By the same scope as a listing: what lies outside of the config is `gone`, as is what the vendor says
   * does not exist or is no longer shared. What the vendor refuses to tell is neither: it throws, or names a `gap`.
   */
  lookUp(externalIds: readonly string[], signal: AbortSignal): Promise<ListPage['entries']>;

  /** The account's own answer to what a config field can be, by the field's name. Fields without one are typed in. */
  readonly choices?: Readonly<Record<string, Choices>>;
}
