import type { Command } from 'commander';
import { parseHitCount, parseTokens } from './arguments.ts';
import { printContext, printHits } from './print.ts';
import type { Terminal } from './terminal.ts';

/** `headwater search` and `headwater context`. */
export function addSearchCommands(program: Command, { api, output }: Terminal): void {
  program
    .command('search')
    .description('search by meaning and by words')
    .argument('<query...>')
    .option('--limit <n>', 'how many', parseHitCount, 10)
    .option('--project-id <id...>', 'in any of these projects')
    .option('--tag-id <id...>', 'with any of these tags')
    .action(async (query: string[], options: { limit: number; projectId?: string[]; tagId?: string[] }) => {
      const filters = { projectIds: options.projectId, tagIds: options.tagId };
      output(await api().search({ query: query.join(' '), limit: options.limit, filters }), printHits);
    });

  program
    .command('context')
    .description('find the best passages for a question within a token budget, with citations')
    .argument('<question...>')
    .option('--max-tokens <n>', 'tokens of the whole text', parseTokens, 2000)
    .action(async (question: string[], options: { maxTokens: number }) =>
      output(await api().buildContext({ query: question.join(' '), maxTokens: options.maxTokens }), printContext),
    );
}
