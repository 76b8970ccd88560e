import type { Entry } from '../../../domain/source.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import { checkChannels, checkScopes, chooseChannels, toHome, whoAmI } from './channels.ts';
import { createSlackCall } from './client.ts';
import { selecting } from '../selection.ts';
import type { SlackConfig } from './config.ts';
import { fetchContent } from './content.ts';
import { createHiddenMessages } from './hidden.ts';
import { listPage, pageSize } from './listing.ts';
import { lookUp, lookUpBatchSize } from './look-up.ts';
import { createNames } from './names.ts';

const filesOrigin = 'https://files.slack.com';

/**
 * Connects to Slack with its official client and reads what a person may read. @param apiBaseUrl replaces Slack's hosts
 * in tests and with simulators
 */
export function createSlackConnector(
  config: SlackConfig,
  context: ConnectorContext,
  apiBaseUrl: string | undefined,
): Connector {
  const call = createSlackCall(context, apiBaseUrl);
  const names = createNames(call, context.tokens);
  const hidden = createHiddenMessages(call);
  const reader = {
    call,
    names,
    tokens: context.tokens,
    maxBytes: context.maxItemBytes,
    fileOrigin: apiBaseUrl === undefined ? filesOrigin : new URL(apiBaseUrl).origin,
  };
  return {
    sourceType: 'slack',
    // Deletions are reported only for the days that are read again; a full listing finds the others.
    reportsDeletions: false,
    hasChangeFeed: false,
    lookUpBatchSize: lookUpBatchSize(config),
    maxPageSize: pageSize,
    ...selecting({ since: config.since, retainDays: config.retainDays }),
    check: async (signal) => {
      const me = await whoAmI(call, signal);
      checkScopes(config, me);
      // Reports now, instead of in the first sync, that no channel can be read.
      await checkChannels(call, config, toHome(me), signal);
      return { account: `${me.user ?? 'somebody'} in ${me.team ?? me.url}` };
    },
    listPage: (position, signal) => listPage({ call, config, names, signal }, position),
    fetch: (ref, signal, isLastTry = false) => fetchContent(reader, ref, signal, isLastTry),
    lookUp: (externalIds, signal): Promise<readonly Entry[]> =>
      lookUp({ call, config, names, signal }, hidden, externalIds),
    choices: {
      channels: async (within, signal) => (within === null ? await chooseChannels(call, config, names, signal) : []),
    },
  };
}
