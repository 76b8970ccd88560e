import type { Config } from './config.ts';
import { composioToolkits } from './connectors/composio-toolkits.ts';
import { createComposioClient } from './credentials/composio/client.ts';
import { type ComposioSignIn, createComposioSignIn } from './credentials/composio/sign-in.ts';
import { SyncError } from './domain/errors.ts';
import type { SourceType } from './domain/source.ts';

/** @throws SyncError `invalid_input` where Composio is not set up or does not know this kind of source */
export function composioSignInFor(config: Config, sourceType: SourceType): ComposioSignIn {
  const toolkit = composioToolkits[sourceType];
  if (toolkit === null) {
    throw new SyncError('invalid_input', { code: 'no_sign_in', message: 'A source of this type needs no sign-in.' });
  }
  return createComposioSignIn(createComposioClient(config.composio), toolkit, config.maxItemBytes);
}
