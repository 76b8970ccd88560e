import { defineSource } from '../source-definition.ts';
import { gmailConfig } from './config.ts';
import { gmailOAuth } from './oauth.ts';

export const gmail = defineSource({
  type: 'gmail',
  label: 'Gmail',
  description:
    'Mail and its attachments, by label or search. Drafts, spam and trash only by choice; no calendars or contacts.',
  config: gmailConfig,
  choiceFields: ['labels'],
  oauth: gmailOAuth,
  // 6,000 units a minute for one user of a new project (docs/vendors/gmail.md#quotas), with room for a burst of five
  // seconds.
  rateLimit: 90,
  // Messages and attachments arrive as text within JSON.
  composio: { slug: 'gmail', files: /^never:/ },
  changeNotifications: {
    isSetUp: ({ gmailTopic }) => gmailTopic !== undefined,
    createClient: async (context, { vendors, gmailTopic }) => {
      const { createGmailSubscriptions } = await import('./subscriptions.ts');
      return createGmailSubscriptions(context, vendors.google.apiBaseUrl, gmailTopic ?? '');
    },
  },
  load: async () => {
    const { createGmailConnector } = await import('./connector.ts');
    return {
      createConnector: (config, context, { vendors }) =>
        createGmailConnector(config, context, vendors.google.apiBaseUrl),
    };
  },
});
