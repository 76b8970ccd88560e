import { z } from 'zod';
import { retainDaysField, sinceField } from '../selection.ts';

export const gmailConfig = z.strictObject({
  labels: z
    .array(z.string().trim().min(1).max(225))
    .min(1, 'Name at least one label, or omit "labels" to sync all mail.')
    .max(20)
    .optional()
    .describe('Sync only messages with at least one of these labels, given by name ("Ops/Review") or id ("INBOX").'),
  query: z
    .string()
    .trim()
    .min(1, 'Enter a search, or omit "query" to sync all mail.')
    .max(1000)
    .refine(isBalanced, 'The search has an unbalanced bracket or quotation mark.')
    .optional()
    .describe(
      'Sync only messages that match this search, written as in Gmail’s search box: "newer_than:1y -category:promotions".',
    ),
  since: sinceField('messages received'),
  retainDays: retainDaysField,
  includeAttachments: z
    .boolean()
    .default(true)
    .describe('Also sync attachments, each as its own document. Listing without them costs a third.'),
  includeDrafts: z.boolean().default(false).describe('Also sync drafts.'),
  includeChats: z.boolean().default(false).describe('Also sync chats that Gmail stores as messages.'),
  includeSpam: z.boolean().default(false).describe('Also sync spam.'),
  includeTrash: z.boolean().default(false).describe('Also sync messages in the trash.'),
});
export type GmailConfig = z.infer<typeof gmailConfig>;

/** The search is put in brackets and combined with others, so its own brackets must be balanced. */
function isBalanced(query: string): boolean {
  const open: string[] = [];
  const quoted = query.split('"');
  for (const character of quoted.filter((_, i) => i % 2 === 0).join('')) {
    if (character === '(' || character === '{') open.push(character);
    if (character === ')' && open.pop() !== '(') return false;
    if (character === '}' && open.pop() !== '{') return false;
  }
  return open.length === 0 && quoted.length % 2 === 1;
}
