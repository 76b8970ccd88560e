import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { makeDataFolder, readPort, refuseEqualPorts, takeDataFolder } from './preflight.ts';

test.each(['abc', '', '-1', '0', '80.5', '65536', '1e3'])('the port "%s" is rejected with its option', (text) => {
  expect(() => readPort(text, '--ui-port')).toThrow(`--ui-port ${text}: must be a port`);
});

test('a port is a number', () => expect(readPort('8233', '--ui-port')).toBe(8233));

test('two services on one port are rejected before anything starts, naming both options', () => {
  expect(() => refuseEqualPorts({ '--port': 3000, '--temporal-port': 7233, '--ui-port': 3000 })).toThrow(
    '--port and --ui-port are both 3000. Choose different ports.',
  );
  expect(() => refuseEqualPorts({ '--port': 3000, '--temporal-port': 7233 })).not.toThrow();
});

test('an unusable data folder is rejected with the reason and the option', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-preflight-'));
  const file = join(folder, 'file');
  await writeFile(file, '');

  await expect(makeDataFolder(file)).rejects.toThrow(
    `The data folder ${file} cannot be used: it is a file, not a folder. Choose another folder with --data-dir.`,
  );
  await expect(makeDataFolder(join(file, 'x'))).rejects.toThrow(/a part of its path is a file/);
  await expect(makeDataFolder(join(folder, 'new', 'one'))).resolves.toBeUndefined();

  await rm(folder, { recursive: true });
});

test('the lock of a running Headwater holds; one whose process number another program has now does not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-lock-'));
  const lock = join(folder, 'lock');
  // Our parent lives, and is no Headwater.
  await writeFile(lock, String(process.ppid));
  await expect(takeDataFolder(folder)).rejects.toThrow(`already running with ${folder} (process ${process.ppid})`);
  if (process.platform === 'linux') {
    await writeFile(lock, `${process.ppid} 5f3a9c1e-an-earlier-boot/4711`);
    await using _taken = await takeDataFolder(folder);
    expect(await readFile(lock, 'utf8')).toMatch(new RegExp(`^${process.pid} [0-9a-f-]+/\\d+$`));
  }
  await rm(folder, { recursive: true });
});
