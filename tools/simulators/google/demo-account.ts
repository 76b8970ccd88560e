import { addDemoMail } from './demo-mail.ts';
import { type GoogleState } from './state.ts';

const google = 'application/vnd.google-apps.';

/**
 * Adds two people's demo Drives and one mailbox: folders, Google's own types, a shared drive, a shortcut, and files
 * that must be skipped.
 */
export function addDemoAccounts(state: GoogleState): void {
  const ana = state.account('ana@example.com');
  const bo = state.account('bo@example.com');
  addDemoMail(ana.mailbox);
  const plans = ana.addFolder('Plans');
  const archive = ana.addFolder('Archive 2025', plans);
  const roadmap = ana.addFile({
    name: 'Roadmap',
    mimeType: `${google}document`,
    parent: plans,
    content:
      '# Roadmap\n\nIn spring we open the ferry line across the fjord. The boats are named Alke and Tordalk.\n\n## Risks\n\nIce on the river until April.',
  });
  ana.addFile({
    name: 'Budget.csv',
    mimeType: 'text/csv',
    parent: plans,
    content: 'item,amount\nboats,120000\njetty,40000\nlife jackets,3500',
  });
  ana.addFile({
    name: 'Crew – Größe & Ñandú.md',
    parent: plans,
    content: '# Crew\n\nMarit steers, Ñandú keeps the engine, Jürgen cooks soup.',
  });
  ana.addFile({ name: 'Sign-up', mimeType: `${google}form`, parent: plans });
  ana.addFile({ name: 'logo.png', mimeType: 'image/png', parent: plans, content: 'not really a picture' });
  ana.addFile({
    name: 'Huge slides',
    mimeType: `${google}presentation`,
    parent: plans,
    content: 'Slide text that survives as plain text.',
    tooLargeAs: ['application/vnd.openxmlformats-officedocument.presentationml.presentation'],
    hasNoLinks: true,
  });
  ana.addShortcut('Roadmap (shortcut)', roadmap, archive);
  for (let i = 1; i <= 24; i++)
    ana.addFile({
      name: `Minutes ${i}.md`,
      parent: archive,
      content: `# Minutes ${i}\n\nWe met on day ${i} of the month and agreed on point ${i * 7}.`,
    });
  const team = ana.addSharedDrive('Harbour team');
  ana.addFile({
    name: 'Safety.md',
    parent: team,
    content: '# Safety\n\nLife jackets are checked every Monday by the harbour master.',
  });
  bo.addFile({ name: 'Letter.md', content: '# Letter\n\nDear Ana, the lighthouse needs new lamps.' });
  const shared = bo.addFile({ name: 'Lamps.md', content: '# Lamps\n\nFresnel lenses, four of them, from Trondheim.' });
  bo.share(shared, ana);
}
