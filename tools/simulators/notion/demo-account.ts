import { block } from './blocks.ts';
import type { NotionState } from './state.ts';

/** Adds two people's demo workspaces: nested pages, a database with rows, toggles, a file, a page in the trash. */
export function addNotionDemo(state: NotionState): void {
  const ana = state.workspace('ana@example.com');
  const handbook = ana.addPage({
    title: 'Harbour handbook',
    content: '# Welcome\nThe harbour office opens at seven.\n- Keys hang behind the door\n- The kettle is shared',
  });
  ana.addPage({
    title: 'Storm plan',
    parent: { type: 'page_id', id: handbook },
    content: 'Above nine Beaufort the ferries stay in.\nDouble the ropes on berth four.',
  });
  const toggle = block('toggle', 'Telephone numbers', {}, [block('paragraph', 'The pilot answers on channel 12.')]);
  const people = ana.addPage({ title: 'People – Größe & Ñandú', parent: { type: 'page_id', id: handbook } });
  ana.setBlocks(people, [toggle, block('pdf', 'The rota', { name: 'rota.pdf' })]);
  const repairs = ana.addDatabase('Repairs', { type: 'page_id', id: handbook });
  const status = (name: string) => ({ type: 'status', status: { id: name, name, color: 'default' } });
  const due = (start: string) => ({ type: 'date', date: { start, end: null, time_zone: null } });
  ana.addRow(
    repairs,
    'Crane winch',
    { Status: status('In progress'), Due: due('2026-05-08') },
    'The winch needs oil and a new cable.',
  );
  ana.addRow(repairs, 'Lighthouse lamp', { Status: status('Done'), Due: due('2026-03-01') }, 'Fresnel lens polished.');
  ana.addRow(repairs, '東の港湾', { Status: status('Not started'), Due: due('2026-09-30') });
  ana.trash(ana.addPage({ title: 'Old rota', content: 'Nobody needs this any more.' }));
  state.workspace('bo@example.com').addPage({ title: 'Lamps', content: 'The spare bulbs are in the third drawer.' });
}
