import { z } from 'zod';
import { pathPattern, retainDaysField, sinceField } from '../selection.ts';

/** An id, or a name in which `*` and `?` stand for any characters; a leading `#` is ignored. */
const channelName = pathPattern
  .transform((name) => name.replace(/^#/, ''))
  .refine(
    (name) => /^[^\s/#]{1,80}$/.test(name),
    'must be a channel’s name such as general, a pattern such as proj-*, or an id',
  );

export const slackConfig = z.strictObject({
  channels: z
    .array(channelName)
    .max(500)
    .default([])
    .describe(
      'Sync only these channels, given by name, pattern or id: "general", "proj-*". Leave it empty for all channels that the sign-in may read.',
    )
    .meta({ typed: 'Another name, or a pattern such as proj-*' }),
  excludeChannels: z
    .array(channelName)
    .max(500)
    .default([])
    .describe('Do not sync these channels, given by name, pattern or id: "random", "*-alerts".'),
  since: sinceField('messages posted'),
  retainDays: retainDaysField,
  includePrivateChannels: z
    .boolean()
    .default(false)
    .describe('Also sync private channels that the account is in. This needs more permissions, so connect again.'),
  includeDirectMessages: z
    .boolean()
    .default(false)
    .describe('Also sync direct messages, one-to-one and in groups. This needs more permissions, so connect again.'),
  includeArchivedChannels: z
    .boolean()
    .default(true)
    .describe(
      'Also sync archived channels. If you switch this off, their messages are removed once you have approved it.',
    ),
  rescanDays: z
    .int()
    .min(1)
    .max(365)
    .default(7)
    .describe(
      'How many days before the last sync are read again. Edits, deletions and replies to older messages are found only by the next full listing.',
    )
    .meta({ title: 'Days to read again' }),
  rateLimit: z
    .enum(['standard', 'restricted'])
    .default('standard')
    .describe(
      'Set to "restricted" for an app distributed outside of Slack’s Marketplace: one call a minute and 15 messages per call.',
    ),
});
export type SlackConfig = z.infer<typeof slackConfig>;
