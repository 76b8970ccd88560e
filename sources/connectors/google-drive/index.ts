import { defineSource } from '../source-definition.ts';
import { googleDriveConfig } from './config.ts';
import { googleDriveOAuth } from './oauth.ts';

export const googleDrive = defineSource({
  type: 'google_drive',
  label: 'Google Drive',
  description:
    'My Drive, shared drives and files shared with you. Google Docs are exported; sound and video are not read.',
  config: googleDriveConfig,
  choiceFields: ['folders', 'sharedDriveIds'],
  oauth: googleDriveOAuth,
  // 325,000 units a minute for one user (docs/vendors/google-drive.md#errors-and-quotas): 5,000 a second and a burst of five seconds just fit.
  rateLimit: 5000,
  composio: { slug: 'googledrive', files: /[?&]alt=media|\/export\?|[?&]exportFormat=/ },
  changeNotifications: {
    isSetUp: () => true,
    createClient: async (context, { vendors }) => {
      const { createGoogleDriveSubscriptions } = await import('./subscriptions.ts');
      return createGoogleDriveSubscriptions(context, vendors.google.apiBaseUrl);
    },
  },
  load: async () => {
    const { createGoogleDriveConnector } = await import('./connector.ts');
    return {
      createConnector: (config, context, { vendors }) =>
        createGoogleDriveConnector(config, context, vendors.google.apiBaseUrl),
    };
  },
});
