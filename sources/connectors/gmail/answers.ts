/**
 * Schemas of Gmail's answers. Gmail omits empty lists, so other required fields tell an answer with an empty list apart
 * from something that is not an answer.
 */

import { z } from 'zod';
import { lenient } from '../answers.ts';

/** Null counts as absent; an empty token or a number is not usable. */
const token = z.string().min(1).nullish();
const id = z.string().min(1);
/** Larger than a JavaScript number, so it stays a string. */
const historyId = z.string().regex(/^\d{1,30}$/);

export const profile = z.object({ emailAddress: id });
export const profilePosition = z.object({ historyId });

export const labelList = z.object({ labels: z.array(z.unknown()).min(1) });
export const labelEntry = z.object({ id, name: id });

/** The estimate is part of every list, even of an empty one. */
export const messageList = z
  .object({
    messages: z.array(z.unknown()).nullish(),
    nextPageToken: token,
    resultSizeEstimate: lenient.number,
  })
  .refine(({ messages, resultSizeEstimate }) => messages != null || resultSizeEstimate !== undefined);
export const messageListFields = 'messages(id),nextPageToken,resultSizeEstimate';
export const messageId = z.object({ id });

/** `history` is absent if nothing changed; the position to continue from is on the last page at the latest. */
export const historyList = z
  .object({ history: z.array(z.unknown()).nullish(), nextPageToken: token, historyId: historyId.nullish() })
  .refine((page) => page.nextPageToken != null || page.historyId != null);

const labelIds = z.array(id).nullish();
const change = z.object({
  message: z.object({ id, labelIds: labelIds.catch(undefined) }),
  labelIds: labelIds.catch(undefined),
});
const changes = z.array(change).nullish();

/**
 * All fields of a record are needed, because it may be the last one about a message. A record without a known kind of
 * change still lists its messages.
 */
export const historyRecord = z
  .object({
    id: historyId,
    messages: z.array(messageId).optional().catch(undefined),
    messagesAdded: changes,
    messagesDeleted: changes,
    labelsAdded: changes,
    labelsRemoved: changes,
  })
  .transform(({ messages = [], ...record }) => {
    const isSpecific = Object.values(record).some((value) => Array.isArray(value));
    return { ...record, unspecific: isSpecific ? [] : messages.map(({ id: message }) => message), isSpecific };
  })
  .refine(({ isSpecific, unspecific }) => isSpecific || unspecific.length > 0);
export type HistoryRecord = z.output<typeof historyRecord>;
export type HistoryChange = z.output<typeof change>;

const header = z.object({ name: id, value: z.string() });

/** A part of a message. Parts are nested, deeper than any mail program does. */
export interface Part {
  readonly partId?: string | undefined;
  readonly mimeType?: string | undefined;
  readonly filename?: string | undefined;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: {
    readonly attachmentId?: string | undefined;
    readonly size?: number | undefined;
    readonly data?: string | undefined;
  };
  readonly parts: readonly Part[];
}

/** A stated size that cannot be one counts as unknown. */
const size = z.int().nonnegative().optional().catch(undefined);
const body = z.object({ attachmentId: lenient.text, size, data: lenient.text });

export const part: z.ZodType<Part> = z.lazy(() =>
  z.object({
    partId: lenient.text,
    mimeType: lenient.text,
    filename: lenient.text,
    headers: lenient.list(header),
    body: body.catch({}),
    // Attachments are found here, so an unreadable part makes the whole message unreadable.
    parts: z
      .array(part)
      .nullish()
      .transform((parts) => parts ?? []),
  }),
);

/** Labels decide whether a message is in scope: they are either readable or absent because the message has none. */
export const message = z.object({
  id,
  threadId: lenient.text,
  labelIds,
  internalDate: lenient.anyText,
  sizeEstimate: size,
  payload: part,
});

/**
 * Bytes in base64; anything else would be decoded to other bytes without an error. No bytes have an encoding whose length
 * is one more than a multiple of four, so one of them was cut.
 */
const base64 = z
  .string()
  .regex(/^[\w+/-]*={0,2}$/)
  .refine((text) => (text.length - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0)) % 4 !== 1);

export const rawMessage = z.object({ raw: base64.min(1) });
export const wholeMessage = z.object({ payload: part });
/** An empty attachment may have no data. */
export const attachmentBody = z
  .object({ data: base64.optional(), size })
  .refine(({ data, size: stated }) => data !== undefined || stated === 0);
