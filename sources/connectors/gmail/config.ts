import { z } from 'zod';

export const gmailConfig = z.strictObject({
  labels: z
    .array(z.string().trim().min(1).max(225))
    .min(1, 'Name at least one label, or leave "labels" out for all mail.')
    .max(20)
    .optional()
    .describe('Only mail with at least one of these labels, by name ("Ops/Review") or id ("INBOX").'),
  query: z
    .string()
    .trim()
    .min(1, 'Write a search, or leave "query" out for all mail.')
    .max(1000)
    .refine(isBalanced, 'The search has a bracket or a quotation mark without its partner.')
    .optional()
    .describe('Only mail that this finds, in the words of Gmail’s search box: "newer_than:1y -category:promotions".'),
  includeAttachments: z
    .boolean()
    .default(true)
    .describe('Also sync attachments, each as a document of its own. Without them a listing costs a third.'),
  includeDrafts: z.boolean().default(false).describe('Also sync drafts.'),
  includeChats: z.boolean().default(false).describe('Also sync chats that Gmail keeps as messages.'),
  includeSpam: z.boolean().default(false).describe('Also sync spam.'),
  includeTrash: z.boolean().default(false).describe('Also sync what is in the trash.'),
});
export type GmailConfig = z.infer<typeof gmailConfig>;

/** The search is put in brackets and others are put beside it: what it opens it must close. */
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
