import { defineSource } from '../source-definition.ts';
import { dropboxConfig } from './config.ts';
import { dropboxOAuth } from './oauth.ts';

export const dropbox = defineSource({
  type: 'dropbox',
  label: 'Dropbox',
  description: 'All folders, shared ones included. Paper is exported; links to other files are skipped.',
  config: dropboxConfig,
  choiceFields: ['folders'],
  oauth: dropboxOAuth,
  // Dropbox publishes no limit, so refusals adjust the rate (docs/vendors/dropbox.md#errors-and-limits).
  rateLimit: 20,
  composio: { slug: 'dropbox', files: /\/2\/files\/(download|export)$/ },
  changeNotifications: {
    isSetUp: () => true,
    createClient: async (context, { vendors }) => {
      const { createDropboxSubscriptions } = await import('./subscriptions.ts');
      return createDropboxSubscriptions(context, vendors.dropbox.apiBaseUrl);
    },
  },
  load: async () => {
    const { createDropboxConnector } = await import('./connector.ts');
    return {
      createConnector: (config, context, { vendors }) =>
        createDropboxConnector(config, context, vendors.dropbox.apiBaseUrl),
    };
  },
});
