import type { SlackState } from './state.ts';

const dayMs = 24 * 3_600_000;

/** Adds a harbour's demo workspace: threads, single messages, files, a private channel, and items that are skipped. */
export function addDemoWorkspace(state: SlackState): void {
  const ana = state.user('ana', { displayName: 'Ana Okoye' });
  const bo = state.user('bo', { displayName: 'Bo Lind' });
  const bot = state.user('tide-bot', { displayName: 'Tide bot', isBot: true });
  const now = Date.now();
  const general = state.channel('general', { members: [ana, bo] });
  const ferry = state.channel('ferry', { members: [ana] });
  const thread = state.post(ferry, {
    user: bo,
    markup: `When does the last ferry leave, <@${ana}>? See <https://harbour.example/timetable|the timetable>.`,
    at: now - 20 * dayMs,
  });
  state.post(ferry, { user: ana, text: 'At 22:15 & not a minute later :ship:', thread, at: now - 20 * dayMs + 60_000 });
  state.post(general, {
    user: ana,
    text: 'The eastern basin is closed for dredging until Friday.',
    at: now - 2 * dayMs,
  });
  state.post(general, {
    user: bo,
    text: 'Jürgen cooks fish soup for everybody tonight :tada:',
    at: now - 2 * dayMs + 9000,
  });
  state.post(general, { user: bot, text: 'High water at 06:12, 4.1 metres.', at: now - dayMs });
  const log = state.addFile({
    name: 'Engine log.md',
    mimetype: 'text/markdown',
    content: '# Engine log\n\nImpeller worn to 3 mm. Oil pressure 2.1 bar.',
  });
  const elsewhere = state.addFile({ name: 'Berths', mode: 'external', content: 'x' });
  state.post(general, { user: bo, text: 'Log of the Alke’s engine', files: [log, elsewhere], at: now - dayMs + 5000 });
  const crew = state.channel('crew', { kind: 'private', members: [ana] });
  state.post(crew, { user: ana, text: 'The spare key hangs behind the lamp.', at: now - 3 * dayMs });
}
