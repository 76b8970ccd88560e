import { z } from 'zod';

export const slackConfig = z.strictObject({
  channels: z
    .array(
      z
        .string()
        .trim()
        .regex(
          /^[CGD][A-Z0-9]{2,30}$/,
          'must be a channel’s id such as C012AB3CD (in Slack: channel details, at the end)',
        ),
    )
    .max(500)
    .default([])
    .describe('Only these channels, by id; empty for all that the sign-in may read.'),
  includePrivateChannels: z
    .boolean()
    .default(false)
    .describe('Also sync private channels that the account is in. Asks for further permissions: connect again.'),
  includeDirectMessages: z
    .boolean()
    .default(false)
    .describe('Also sync direct messages, of two and of groups. Asks for further permissions: connect again.'),
  includeArchivedChannels: z
    .boolean()
    .default(true)
    .describe('Also archived channels: what was said there stays. Switched off, it goes with the next full listing.'),
  rescanDays: z
    .int()
    .min(1)
    .max(365)
    .default(7)
    .describe(
      'How many days before the last sync are read again by the next one: edits, deletions and replies to older messages are found by the next full listing only.',
    ),
  rateLimit: z
    .enum(['standard', 'restricted'])
    .default('standard')
    .describe(
      '"restricted" for an app that is distributed outside of Slack’s Marketplace: one call a minute and 15 messages a call.',
    ),
});
export type SlackConfig = z.infer<typeof slackConfig>;
