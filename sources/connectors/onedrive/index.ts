import { defineSource } from '../source-definition.ts';
import { oneDriveConfig } from './config.ts';
import { oneDriveOAuth } from './oauth.ts';

export const oneDrive = defineSource({
  type: 'onedrive',
  label: 'OneDrive',
  description:
    'Your own drive, folders added to it, and SharePoint libraries by choice. OneNote notebooks are not synced.',
  config: oneDriveConfig,
  choiceFields: ['folders', 'libraries'],
  oauth: oneDriveOAuth,
  // Microsoft counts by application and tenant, not by user, so refusals adjust the rate
  // (docs/vendors/onedrive.md#errors-and-throttling).
  rateLimit: 20,
  composio: { slug: 'one_drive', files: /\/content(\?|$)/ },
  changeNotifications: {
    isSetUp: () => true,
    createClient: async (context, { vendors }) => {
      const { createOneDriveSubscriptions } = await import('./subscriptions.ts');
      return createOneDriveSubscriptions(context, vendors.microsoft.apiBaseUrl);
    },
  },
  load: async () => {
    const { createOneDriveConnector } = await import('./connector.ts');
    return {
      createConnector: (config, context, { vendors }) =>
        createOneDriveConnector(config, context, vendors.microsoft.apiBaseUrl),
    };
  },
});
