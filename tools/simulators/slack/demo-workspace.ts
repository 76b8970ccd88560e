import type { SlackWorld } from './world.ts';

const dayMs = 24 * 3_600_000;

/** A harbour's workspace to play with: threads, lone messages, files, a private channel, and things that are left out. */
export function addDemoWorkspace(world: SlackWorld): void {
  const ana = world.user('ana', { displayName: 'Ana Okoye' });
  const bo = world.user('bo', { displayName: 'Bo Lind' });
  const bot = world.user('tide-bot', { displayName: 'Tide bot', isBot: true });
  const now = Date.now();
  const general = world.channel('general', { members: [ana, bo] });
  const ferry = world.channel('ferry', { members: [ana] });
  const thread = world.post(ferry, {
    user: bo,
    markup: `When does the last ferry leave, <@${ana}>? See <https://harbour.example/timetable|the timetable>.`,
    at: now - 20 * dayMs,
  });
  world.post(ferry, { user: ana, text: 'At 22:15 & not a minute later :ship:', thread, at: now - 20 * dayMs + 60_000 });
  world.post(general, {
    user: ana,
    text: 'The eastern basin is closed for dredging until Friday.',
    at: now - 2 * dayMs,
  });
  world.post(general, {
    user: bo,
    text: 'Jürgen cooks fish soup for everybody tonight :tada:',
    at: now - 2 * dayMs + 9000,
  });
  world.post(general, { user: bot, text: 'High water at 06:12, 4.1 metres.', at: now - dayMs });
  const log = world.addFile({
    name: 'Engine log.md',
    mimetype: 'text/markdown',
    content: '# Engine log\n\nImpeller worn to 3 mm. Oil pressure 2.1 bar.',
  });
  const elsewhere = world.addFile({ name: 'Berths', mode: 'external', content: 'x' });
  world.post(general, { user: bo, text: 'Log of the Alke’s engine', files: [log, elsewhere], at: now - dayMs + 5000 });
  const crew = world.channel('crew', { kind: 'private', members: [ana] });
  world.post(crew, { user: ana, text: 'The spare key hangs behind the lamp.', at: now - 3 * dayMs });
}
