import { defineSource } from '../source-definition.ts';
import { uploadConfig } from './config.ts';

export const upload = defineSource({
  type: 'upload',
  label: 'Uploaded files',
  description: 'Files and folders from your computer. No account is needed; a sync starts by itself.',
  config: uploadConfig,
  choiceFields: [],
  oauth: null,
  rateLimit: null,
  composio: null,
  changeNotifications: null,
  receivesFiles: true,
  load: async () => {
    const { createUploadConnector } = await import('./connector.ts');
    return { createConnector: (config, context) => createUploadConnector(config, context) };
  },
});
