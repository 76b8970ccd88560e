import type { Client } from '@temporalio/client';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Config } from '../platform/config.ts';
import type { ComposioSignIn } from '../sources/credentials/composio/sign-in.ts';
import type { Keyring } from '../sources/credentials/keyring.ts';
import type { OAuthClient } from '../sources/credentials/oauth-client.ts';
import type { AccessTokenProvider } from '../sources/credentials/static-token.ts';
import type { Database } from '../db/access/database.ts';
import type { SourceType } from '../domain/source.ts';
import type { PreviewRequest, TransformationPreview } from '../domain/transformations.ts';
import type { UserPattern } from '../content/transformations/configs.ts';
import type { FinerModel, VectorSpace } from '../domain/vectors.ts';
import type { Context, ContextRequest } from '../content/search/context.ts';
import type { SearchHit, SearchRequest } from '../content/search/search.ts';

/** The dependencies of the routes. Those that need a vendor's SDK or a model are functions. */
export interface ApiDependencies {
  readonly config: Config;
  readonly db: Kysely<Database>;
  readonly temporal: Client;
  /** Tests run in parallel on separate task queues. */
  readonly taskQueue: string;
  readonly keyring: Keyring;
  readonly logger: Logger;
  /**
   * Verifies that a source can be read. @param tokens for sources with a sign-in
   * @throws SyncError that says what is wrong
   * @returns a label for people: a mail address, a folder
   */
  readonly checkSource: (
    source: { readonly sourceType: SourceType; readonly config: object; readonly tokens: AccessTokenProvider | null },
    signal: AbortSignal,
  ) => Promise<{ readonly account: string }>;
  /**
   * Lists choices from the account. @param source `dataSourceId` is null for a type without a sign-in
   * @throws SyncError `unauthorized` if a new sign-in is needed, and the errors of the call itself
   */
  readonly listChoices: (
    source: { readonly sourceType: SourceType; readonly userId: string; readonly dataSourceId: string | null },
    asked: { readonly field: string; readonly within: string | null },
    signal: AbortSignal,
  ) => Promise<readonly { readonly value: string; readonly label: string; readonly hasChildren: boolean }[]>;
  /** @throws SyncError `invalid_input` if sign-in is not configured or the type has none */
  readonly oauthClient: (sourceType: SourceType, config: object) => OAuthClient;
  /** @throws SyncError `invalid_input` if Composio is not configured or the type has no sign-in */
  readonly composio: (sourceType: SourceType) => ComposioSignIn;
  /**
   * Ends a source's subscription at its vendor while the sign-in for it still exists. It ignores a vendor that does not
   * answer.
   */
  readonly stopSubscription: (userId: string, dataSourceId: string) => Promise<void>;
  readonly search: (userId: string, request: SearchRequest, signal: AbortSignal) => Promise<readonly SearchHit[]>;
  readonly buildContext: (userId: string, request: ContextRequest, signal: AbortSignal) => Promise<Context>;
  /** Shows what transformations would do to a document. @throws SyncError `unreadable` if they take too long */
  readonly preview: (request: PreviewRequest, signal: AbortSignal, userId: string) => Promise<TransformationPreview>;
  /** Compiles new patterns in a reader. @returns what is wrong with each, or null */
  readonly checkPatterns: (
    patterns: readonly UserPattern[],
    signal: AbortSignal,
    userId: string,
  ) => Promise<readonly (string | null)[]>;
  /** The configured store and model of vectors, with the model's price and speed. */
  readonly embedding: VectorSpace & {
    readonly dollarsPerMillionTokens: number;
    /** Approximately; null if it depends on a server. */
    readonly tokensPerSecond: number | null;
    readonly finer: FinerModel | null;
  };
  /** The version of today's readers. */
  readonly pipelineVersion: string;
}
