import { defineSource } from '../source-definition.ts';
import { slackConfig } from './config.ts';
import { slackOAuth } from './oauth.ts';

export const slack = defineSource({
  type: 'slack',
  label: 'Slack',
  description:
    'Public channels with threads and files; private channels and direct messages by choice. It joins no channel.',
  config: slackConfig,
  choiceFields: ['channels'],
  oauth: slackOAuth,
  // Each method has its own limit per minute; the two that are used most allow 50 or more
  // (docs/vendors/slack.md#rate-tiers).
  rateLimit: 2,
  composio: { slug: 'slack', files: /^https:\/\/files\.slack\.com\/|\/files-pri\// },
  changeNotifications: {
    isSetUp: () => true,
    createClient: async (context, { vendors }) => {
      const { createSlackSubscriptions } = await import('./subscriptions.ts');
      return createSlackSubscriptions(context, vendors.slack.apiBaseUrl);
    },
  },
  load: async () => {
    const { createSlackConnector } = await import('./connector.ts');
    return {
      createConnector: (config, context, { vendors }) =>
        createSlackConnector(config, context, vendors.slack.apiBaseUrl),
    };
  },
});
