import type { DropboxState } from './state.ts';

/** Adds two people's demo Dropboxes: folders, a Paper document, a link, and files that must be skipped. */
export function addDropboxDemo(state: DropboxState): void {
  const ana = state.account('ana@example.com');
  const files: readonly (readonly [string, string])[] = [
    ['/Harbour/Berths.csv', 'berth,boat,until\nA1,Alke,2026-05-01\nA2,Tordalk,2026-09-30'],
    ['/Harbour/Crane manual.md', '# Crane\n\nThe harbour crane lifts eight tonnes. Oil the winch every second Friday.'],
    ['/Harbour/Dredging/Offer – Größe 3.md', '# Offer\n\nDredging the eastern basin takes six weeks and costs 84,000.'],
    ['/Harbour/Dredging/議事録.md', '# 議事録\n\n東の港湾の浚渫は四月に始まる。'],
    ['/Recipes/Fish soup.md', '# Fish soup\n\nCod, mussels, leek, cream; Jürgen adds dill at the very end.'],
    ['/Recipes/Bread.txt', 'Flour, water, salt, and a night of rest.'],
    ['/photo.png', 'not really a picture'],
  ];
  for (const [path, content] of files) ana.addFile({ path, content });
  ana.addFile({
    path: '/Harbour/Opening day.paper',
    content: '# Opening day\n\nThe band plays at noon, the mayor cuts the rope at one.',
    exportAs: ['html', 'markdown'],
  });
  ana.addFile({ path: '/Harbour/Link to soup.md', content: '', symlinkTo: '/Recipes/Fish soup.md' });
  state
    .account('bo@example.com')
    .addFile({ path: '/Lamps.md', content: '# Lamps\n\nThe spare bulbs are in the third drawer.' });
}
