import type { Mailbox } from './mailbox.ts';

/** A dozen messages about the harbour: a thread, labels, attachments, and messages that a sync leaves out. */
export function addDemoMail(mailbox: Mailbox): void {
  const harbour = mailbox.addLabel('Harbour');
  const ferry = mailbox.addLabel('Harbour/Fähre');
  const question = mailbox.add(
    {
      from: 'Bo Lind <bo@example.com>',
      subject: 'Ice on the river?',
      text: 'Dear Ana,\n\nis the ice thin enough for the Alke to sail in March?\n\n-- \nBo Lind\nLighthouse keeper',
    },
    { labels: ['INBOX', harbour] },
  );
  mailbox.add(
    {
      from: 'Ana <ana@example.com>',
      to: 'Bo Lind <bo@example.com>',
      subject: 'Re: Ice on the river?',
      text: 'Not before April, says Marit. We keep the Tordalk ashore until then.\n\nOn Mon, 5 Jan 2026 at 10:00, Bo Lind <bo@example.com> wrote:\n> is the ice thin enough for the Alke to sail in March?',
    },
    { labels: ['SENT', harbour], replyTo: question },
  );
  mailbox.add(
    {
      from: 'Marit Ødegård <marit@example.com>',
      subject: 'Timetable for the spring ferry',
      html: '<p>Hello Ana,</p><p>the <b>spring timetable</b> is attached: first boat at 06:40, last one at 22:15.</p><p>Marit</p>',
      attachments: [
        {
          name: 'Spring timetable.csv',
          mimeType: 'text/csv',
          content: 'from,to,first,last\nJetty,Lighthouse,06:40,21:55\nLighthouse,Jetty,07:00,22:15',
        },
        { name: 'logo.png', mimeType: 'image/png', content: 'not really a picture', inline: true },
      ],
    },
    { labels: ['INBOX', 'UNREAD', ferry] },
  );
  mailbox.add(
    {
      from: 'Jürgen <juergen@example.com>',
      subject: 'Suppe für die Mannschaft',
      text: 'Am Freitag koche ich Fischsuppe für zwölf. Wer bringt Brot mit?',
    },
    { labels: ['INBOX', harbour] },
  );
  mailbox.add(
    {
      from: 'Ñandú <nandu@example.com>',
      subject: 'Engine report',
      text: 'The engine of the Alke needs a new impeller and four litres of oil. Details are in the file.',
      attachments: [
        {
          name: 'Engine – report.md',
          mimeType: 'text/markdown',
          content: '# Engine report\n\nImpeller worn to 3 mm. Oil pressure 2.1 bar. Next check in 200 hours.',
        },
        { name: 'Check.ics', mimeType: 'text/calendar', content: 'BEGIN:VCALENDAR\nEND:VCALENDAR' },
      ],
    },
    { labels: ['INBOX', harbour] },
  );
  mailbox.add({
    from: 'Harbour office <office@example.com>',
    subject: '港の会議',
    text: '次の会議は月曜日の午前九時です。',
  });
  mailbox.add({
    from: 'Lamp works <sales@example.com>',
    subject: 'Fresnel lenses: invoice 4711',
    text: 'Four lenses, 18,400 crowns, due on 1 March.',
  });
  mailbox.add({ subject: 'Draft of the speech', text: 'Dear guests of the harbour festival …' }, { labels: ['DRAFT'] });
  mailbox.add(
    { from: 'prize@example.net', subject: 'You have won a yacht', text: 'Click here.' },
    { labels: ['SPAM'] },
  );
  mailbox.add({ subject: 'Old timetable', text: 'The winter boats.' }, { labels: ['TRASH'] });
}
