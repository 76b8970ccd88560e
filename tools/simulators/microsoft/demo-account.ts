import type { MicrosoftState } from './state.ts';

/**
 * Adds a harbour office's OneDrive (business), its pilot's (personal), and a folder that one has shared with the other.
 */
export function addDemoAccounts(state: MicrosoftState): void {
  const mira = state.account('mira@harbour.example', 'business');
  const tor = state.account('tor@harbour.example', 'business');
  state.account('pilot@example.com', 'personal').addFile({
    name: 'Pilotage.md',
    mimeType: 'text/markdown',
    content: '# Pilotage\n\nKeep the red lantern to port until the second beacon, then turn for the quay.',
  });
  const office = mira.addFolder('Harbour office');
  const tariffs = mira.addFolder('Tariffs', office);
  mira.addFile({
    name: 'Opening hours.md',
    mimeType: 'text/markdown',
    parent: office,
    content: '# Opening hours\n\nThe harbour office is open from 7 to 16. The crane works until the tide turns.',
  });
  mira.addFile({
    name: 'Liegegebühren – Größe & Länge.md',
    mimeType: 'text/markdown',
    parent: tariffs,
    content: '# Liegegebühren\n\nBoote bis zehn Meter zahlen 24 Kronen je Nacht, größere 38.',
  });
  mira.addFile({
    name: 'Berths.csv',
    mimeType: 'text/csv',
    parent: tariffs,
    content: 'berth,length,boat\n1,12,Alke\n2,18,Tordalk\n3,9,free',
  });
  mira.addFile({
    name: 'Storm plan 1998.doc',
    mimeType: 'application/msword',
    parent: office,
    content: 'Storm plan. When the barometer falls below 980, double the mooring lines and close the sluice.',
  });
  mira.addFile({ name: '灯台の記録.txt', mimeType: 'text/plain', parent: office, content: '灯台の灯りは日没に点く。' });
  mira.addFile({ name: 'quay.jpg', mimeType: 'image/jpeg', parent: office, content: 'not really a picture' });
  mira.addNotebook('Watch log', office);
  const dredging = tor.addFolder('Dredging');
  tor.addFile({
    name: 'Depths.md',
    mimeType: 'text/markdown',
    parent: dredging,
    content: '# Depths\n\nThe channel was dredged to 6.2 metres in March; the east basin stays at 4.',
  });
  tor.share(dredging, mira);
  mira.addShortcut('Dredging (from Tor)', tor, dredging, office);
}
