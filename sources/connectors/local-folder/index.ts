import { defineSource } from '../source-definition.ts';
import { localFolderConfig } from './config.ts';

export const localFolder = defineSource({
  type: 'local_folder',
  label: 'Local folder',
  description: 'A folder of the server’s own disk. Nothing outside of it is followed.',
  config: localFolderConfig,
  choiceFields: ['path'],
  oauth: null,
  rateLimit: null,
  composio: null,
  changeNotifications: null,
  load: async () => {
    const { createLocalFolderConnector } = await import('./connector.ts');
    const { folderChoices } = await import('./choices.ts');
    return {
      createConnector: (config, context, { localFolderRoots }) =>
        createLocalFolderConnector(config, context, localFolderRoots),
      choices: ({ localFolderRoots }) => ({ path: folderChoices(localFolderRoots) }),
    };
  },
});
