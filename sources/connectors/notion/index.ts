import { defineSource } from '../source-definition.ts';
import { notionConfig } from './config.ts';
import { notionOAuth } from './oauth.ts';

export const notion = defineSource({
  type: 'notion',
  label: 'Notion',
  description:
    'Pages and databases that you share with the connection, and the files in them. Linked files are not followed.',
  config: notionConfig,
  choiceFields: ['roots'],
  oauth: notionOAuth,
  // Three calls a second on average, with bursts allowed (docs/vendors/notion.md#limits-and-errors).
  rateLimit: 3,
  // Pages arrive as text within JSON.
  composio: { slug: 'notion', files: /^never:/ },
  changeNotifications: {
    isSetUp: () => true,
    createClient: async (context, { vendors }) => {
      const { createNotionSubscriptions } = await import('./subscriptions.ts');
      return createNotionSubscriptions(context, vendors.notion.apiBaseUrl);
    },
  },
  load: async () => {
    const { createNotionConnector } = await import('./connector.ts');
    return {
      createConnector: (config, context, { vendors }) =>
        createNotionConnector(config, context, vendors.notion.apiBaseUrl),
    };
  },
});
