import type { GoogleSimulator } from '../../../simulators/google/server.ts';
import type { Mailbox } from '../../../simulators/google/mailbox.ts';
import { generateText } from '../../../simulators/kit/words.ts';
import { googleEnvironment, googleRefusals, refusal } from './google-drive.ts';
import {
  isUnlucky,
  networkEffects,
  oftenManyCalls,
  oftenSignIn,
  oneByOne,
  poison,
  type SoakAccount,
  type SoakVendor,
  tokenEffects,
} from './vendor.ts';

const scopes = ['https://www.googleapis.com/auth/gmail.readonly'];

export function openGmail(google: GoogleSimulator): SoakVendor {
  return {
    sourceType: 'gmail',
    environment: googleEnvironment(google),
    log: google.log,
    faults: [
      {
        faults: google.faults,
        path: '^/gmail/v1/users/me/messages/[^/]+$',
        effects: [refusal(500, 'backendError')],
        when: ({ path }) => isUnlucky(path),
      },
      {
        faults: google.faults,
        path: '^/gmail/',
        effects: [...googleRefusals, ...networkEffects],
        often: oftenManyCalls,
      },
      { faults: google.faults, path: '^/token$', effects: tokenEffects, often: oftenSignIn },
    ],
    account: (email) =>
      openAccount(google.state.account(email).mailbox, email, () => google.oauth.issue(email, scopes)),
  };
}

/**
 * Messages do not change; they arrive, get and lose labels, and are deleted. Each contains a fact, and so does each
 * attachment.
 */
function openAccount(mailbox: Mailbox, email: string, signIn: () => object): SoakAccount {
  const facts = new Map<string, readonly string[]>();
  const trashed = new Set<string>();
  let last = 0;
  const newFact = (): string => `fact${++last}x`;
  const add = (random: () => number): void => {
    const [fact, attached] = [newFact(), newFact()];
    const hasAttachment = random() < 0.15;
    const answered = [...facts.keys()].at(Math.floor(random() * -20));
    const id = mailbox.add(
      {
        from: `Writer <w${Math.floor(random() * 9)}@example.com>`,
        subject: `mail ${last}`,
        text: `${generateText(Math.floor(random() * 1e9), 300)}\n\n${fact} ${poison}\n`,
        ...(hasAttachment
          ? { attachments: [{ name: `a${last}.txt`, mimeType: 'text/plain', content: `about ${attached}` }] }
          : {}),
      },
      random() < 0.3 && answered !== undefined ? { replyTo: answered } : {},
    );
    facts.set(id, hasAttachment ? [fact, attached] : [fact]);
  };
  const changeOne = (random: () => number): void => {
    const ids = [...facts.keys()];
    const id = ids[Math.floor(random() * ids.length)];
    const kind = random();
    if (kind < 0.4 || id === undefined) add(random);
    else if (kind < 0.5) mailbox.markRead(id);
    else if (kind < 0.6) mailbox.relabel(id, { add: ['STARRED'], remove: ['INBOX'] });
    else if (kind < 0.75) {
      trashed.add(id);
      mailbox.trash(id);
    } else if (kind < 0.85) {
      const back = [...trashed][0];
      if (back !== undefined && trashed.delete(back)) mailbox.untrash(back);
    } else {
      trashed.delete(id);
      facts.delete(id);
      mailbox.delete(id);
    }
  };
  const changes = oneByOne(add, changeOne);
  return {
    email,
    signIn,
    ...changes,
    change: (random) => {
      const count = changes.change(random);
      if (random() < 0.01) mailbox.expireHistory();
      return count;
    },
    truth: () => ({ kind: 'facts', facts: mailbox.truth().flatMap(({ id }) => facts.get(id) ?? []) }),
  };
}
