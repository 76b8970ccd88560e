import { z } from 'zod';

export const slackConfig = z.strictObject({
  channels: z
    .array(
      z
        .string()
        .trim()
        .regex(
          /^[CGD][A-Z0-9]{2,30}$/,
          'must be a channel’s id such as C012AB3CD (in Slack, at the end of the channel details)',
        ),
    )
    .max(500)
    .default([])
    .describe('Sync only these channels, given by id. Leave it empty for all channels that the sign-in may read.'),
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
    .describe('Also sync archived channels. If you switch this off, the next full listing removes their messages.'),
  rescanDays: z
    .int()
    .min(1)
    .max(365)
    .default(7)
    .describe(
      'How many days before the last sync are read again. Edits, deletions and replies to older messages are found only by the next full listing.',
    ),
  rateLimit: z
    .enum(['standard', 'restricted'])
    .default('standard')
    .describe(
      'Set to "restricted" for an app distributed outside of Slack’s Marketplace: one call a minute and 15 messages per call.',
    ),
});
export type SlackConfig = z.infer<typeof slackConfig>;
