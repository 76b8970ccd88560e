/** Tests that the text of a mail is its best body, with quoted text and signatures marked. */

import { describe, expect, test } from '@jest/globals';
import { extractEmail } from './email.ts';

const mailOf = async (body: string, headers = 'Content-Type: text/plain; charset=utf-8') =>
  await extractEmail(
    Buffer.from(
      `From: Bo <bo@example.com>\r\nTo: ana@example.com\r\nSubject: Boats\r\n${headers}\r\n\r\n${body.replaceAll('\n', '\r\n')}`,
    ),
    'Boats',
  );
const bodyOf = async (body: string): Promise<string> => (await mailOf(body)).text.split('\n\n').slice(1).join('\n\n');

describe('quoted text is kept, under a heading of its own', () => {
  test.each([
    [
      'an answer above, as most programs write it',
      'Yes, at noon.\n\nOn Mon, 5 Jan 2026 at 10:00, Ana <ana@example.com> wrote:\n\n> When does it sail?\n> And who steers?\n',
      'Yes, at noon.\n\n## Earlier messages\n\nOn Mon, 5 Jan 2026 at 10:00, Ana <ana@example.com> wrote:\n\n> When does it sail?\n> And who steers?',
    ],
    [
      'an introduction broken into two lines',
      'Gern.\n\nAm Montag, 5. Januar 2026, um 10:00 Uhr, Ana\n<ana@example.com> schrieb:\n> Wann?',
      'Gern.\n\n## Earlier messages\n\nAm Montag, 5. Januar 2026, um 10:00 Uhr, Ana\n<ana@example.com> schrieb:\n> Wann?',
    ],
    [
      'Outlook’s four lines',
      'Fine.\n\nFrom: Ana <ana@example.com>\nSent: Monday, 5 January 2026\nTo: Bo\nSubject: Boats\n\nIs the engine well?',
      'Fine.\n\n## Earlier messages\n\nFrom: Ana <ana@example.com>\nSent: Monday, 5 January 2026\nTo: Bo\nSubject: Boats\n\nIs the engine well?',
    ],
    [
      'a forwarded mail',
      'See below.\n\n---------- Forwarded message ---------\nFrom: Ana\n\nThe lamps have come.',
      'See below.\n\n## Forwarded message\n\n---------- Forwarded message ---------\nFrom: Ana\n\nThe lamps have come.',
    ],
    [
      'a signature before the quotation',
      'Yes.\n-- \nBo, harbour master\n\n> Open today?',
      'Yes.\n\n## Signature\n\nBo, harbour master\n\n## Earlier messages\n\n> Open today?',
    ],
    [
      'a signature at the end, below the answer',
      '> Open today?\n\nYes.\n\n-- \nBo, harbour master',
      '> Open today?\n\nYes.\n\n## Signature\n\nBo, harbour master',
    ],
  ])('%s', async (_name, body, marked) => {
    expect(await bodyOf(body)).toBe(marked);
  });

  test.each([
    ['answers between the quoted lines', '> When?\nAt noon.\n> Who?\nMarit.'],
    ['a mail that merely contains "From:"', 'From: now on we sail at noon.\nBe there.'],
    ['two dashes that separate a long text', `One.\n--\n${'A line of the second part.\n'.repeat(30).trim()}`],
    ['a mail without any of it', 'We sail at noon.'],
  ])('nothing is moved or marked in %s', async (_name, body) => {
    expect(await bodyOf(body)).toBe(body);
  });
});

describe('the best body part', () => {
  const both = (plain: string, html: string): string =>
    `--b\n Content-Type: text/plain\n\n${plain}\n--b\nContent-Type: text/html\n\n${html}\n--b--\n`.replace(
      '\n Content',
      '\nContent',
    );
  const alternative = 'Content-Type: multipart/alternative; boundary=b';

  test('is the plain text', async () => {
    expect((await mailOf(both('We sail at noon.', '<p>We <b>sail</b> at noon.</p>'), alternative)).text).toMatch(
      /We sail at noon\.$/,
    );
  });

  test('but the HTML if the plain text is missing or only points to it', async () => {
    const html = `<p>${'The ferry goes at noon and at four. '.repeat(60)}</p>`;
    expect((await mailOf(both('Read this mail in your browser.', html), alternative)).text).toMatch(
      /at noon and at four/,
    );
    expect((await mailOf('<p>We <b>sail</b>.</p>', 'Content-Type: text/html')).text).toMatch(/We sail\./);
  });

  test('quotations in an HTML mail are marked like those in a plain one', async () => {
    const html =
      '<div>At noon.</div><div class="gmail_quote"><div>On Mon, 5 Jan 2026, Ana wrote:<br></div><blockquote>When?</blockquote></div>';
    expect((await mailOf(html, 'Content-Type: text/html')).text).toMatch(
      /At noon\.\n\n## Earlier messages\n\nOn Mon, 5 Jan 2026, Ana wrote:\s+> When\?$/,
    );
  });
});

test('a mail shows its sender, recipients, thread and labels', async () => {
  const headers = [
    'Content-Type: text/plain',
    'Cc: Marit <marit@example.com>',
    'Message-ID: <2@example.com>',
    'In-Reply-To: <1@example.com>',
    'X-GM-THRID: 18d1e00',
    'X-Gmail-Labels: =?UTF-8?B?SU5CT1gsIEbDpGhyZQ==?=',
  ];
  expect((await mailOf('Yes.', headers.join('\r\n'))).metadata).toEqual({
    attachments: 0,
    from: 'Bo <bo@example.com>',
    to: 'ana@example.com',
    cc: 'Marit <marit@example.com>',
    messageId: '<2@example.com>',
    inReplyTo: '<1@example.com>',
    thread: '18d1e00',
    labels: 'INBOX, Fähre',
  });
});

test.each([1, 5, 6, 100])('the text of a mail nested in %i others is included', async (depth) => {
  const headers = 'From: Bo <bo@example.com>\r\nSubject: Fwd\r\nContent-Type: message/rfc822\r\n\r\n';
  const mail = `${headers.repeat(depth)}From: Ana <ana@example.com>\r\n\r\nThe owl sails at noon.\r\n`;
  expect((await extractEmail(Buffer.from(mail), 'Fwd')).text).toContain('The owl sails at noon.');
});
