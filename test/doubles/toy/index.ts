import { z } from 'zod';
import { defineSource } from '../../../sources/connectors/source-definition.ts';
import type { SourceType } from '../../../domain/source.ts';

/** A source in its own folder, as a newcomer would write one: two notes that need no account. */
export const toy = defineSource({
  // A real source also adds its name to `sourceTypes`.
  type: 'toy' as SourceType,
  label: 'Toy',
  description: 'Two notes.',
  config: z.strictObject({ greeting: z.string().default('Hello') }),
  choiceFields: [],
  oauth: null,
  rateLimit: null,
  composio: null,
  changeNotifications: null,
  load: async () => {
    const { createToyConnector } = await import('./connector.ts');
    return { createConnector: (config) => createToyConnector(config) };
  },
});
