import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const cli = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');

function scriptFor(shell: string): string {
  return spawnSync(process.execPath, ['--no-warnings', cli, 'completion', shell], { encoding: 'utf8' }).stdout;
}

test('bash completes commands, commands of commands and options', () => {
  const script = scriptFor('bash');
  const complete = (...words: string[]): string[] => {
    const typed = words.map((word) => `'${word}'`).join(' ');
    const ask = `COMP_WORDS=(headwater ${typed}); COMP_CWORD=${words.length}; _headwater; echo "\${COMPREPLY[*]}"`;
    const { stdout } = spawnSync('bash', ['-c', `${script}\n${ask}`], { encoding: 'utf8' });
    return stdout.trim().split(' ');
  };
  expect(complete('re')).toEqual(['report', 'resume', 'retry']);
  expect(complete('sources', 'a')).toEqual(['add']);
  expect(complete('sources', 'add', 'Notes', '--c')).toEqual(['--config']);
});

test('zsh and fish get the same words, with what they mean', () => {
  expect(scriptFor('zsh')).toMatch(/^#compdef headwater\n[\s\S]*'doctor:check database/);
  expect(scriptFor('fish')).toContain(
    "complete -c headwater -n '__fish_seen_subcommand_from held; and not __fish_seen_subcommand_from list approve keep help' -f -a approve",
  );
});
