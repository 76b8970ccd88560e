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
import type { Context, ContextRequest } from '../content/search/context.ts';
import type { SearchHit, SearchRequest } from '../content/search/search.ts';

/** What routes are made from. Whatever needs a vendor's SDK or a model comes as a function. */
export interface ApiDependencies {
  readonly config: Config;
  readonly db: Kysely<Database>;
  readonly temporal: Client;
  /** Tests run side by side on queues of their own. */
  readonly taskQueue: string;
  readonly keyring: Keyring;
  readonly logger: Logger;
  /**
   * Proves that a source can be read. @param tokens for sources with a sign-in
   * @throws SyncError saying what is wrong
   * @returns a label for people: a mail address, a folder
   */
  readonly checkSource: (
    source: { readonly sourceType: SourceType; readonly config: object; readonly tokens: AccessTokenProvider | null },
    signal: AbortSignal,
  ) => Promise<{ readonly account: string }>;
  /**
   * Asks the account. @param source `dataSourceId` is null for a type without a sign-in
   * @throws SyncError `unauthorized` when only a new sign-in helps, and whatever the call itself runs into
   */
  readonly listChoices: (
    source: { readonly sourceType: SourceType; readonly userId: string; readonly dataSourceId: string | null },
    asked: { readonly field: string; readonly within: string | null },
    signal: AbortSignal,
  ) => Promise<readonly { readonly value: string; readonly label: string; readonly hasChildren: boolean }[]>;
  /** @throws SyncError `invalid_input` where sign-in is not set up or the type has none */
  readonly oauthClient: (sourceType: SourceType, config: object) => OAuthClient;
  /** @throws SyncError `invalid_input` where Composio is not set up or the type has no sign-in */
  readonly composio: (sourceType: SourceType) => ComposioSignIn;
  /** Ends a source's subscription at its vendor, as far as that answers, while there is still a sign-in to do it with. */
  readonly stopSubscription: (userId: string, dataSourceId: string) => Promise<void>;
  readonly search: (userId: string, request: SearchRequest, signal: AbortSignal) => Promise<readonly SearchHit[]>;
  readonly buildContext: (userId: string, request: ContextRequest, signal: AbortSignal) => Promise<Context>;
  /** What transformations would make of a document. @throws SyncError `unreadable` when they take too long */
  readonly preview: (request: PreviewRequest, signal: AbortSignal, userId: string) => Promise<TransformationPreview>;
  /** Of the reader that today's worker has. */
  readonly pipelineVersion: string;
}
