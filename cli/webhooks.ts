import { type Command, Option } from 'commander';
import { webhookEvents } from '../domain/webhooks.ts';
import { parseCount } from './arguments.ts';
import { printDeliveries, printWebhooks } from './print.ts';
import type { Terminal } from './terminal.ts';

/** `headwater webhooks …`: a user's own endpoints for events. */
export function addWebhookCommands(program: Command, terminal: Terminal): void {
  const { api, output } = terminal;
  const webhooks = program
    .command('webhooks')
    .description('your own endpoints for events: list, add, pause, ping, deliveries, delete');

  webhooks
    .command('list', { isDefault: true })
    .description('all endpoints with their state')
    .action(async () => output(await api().listWebhooks(), printWebhooks));

  webhooks
    .command('add')
    .description(`a new endpoint; events: ${webhookEvents.join(', ')}`)
    .argument('<url>')
    .addOption(new Option('--events <event...>', 'events to send (default: all)').choices(webhookEvents))
    .action(async (url: string, { events }: { events?: string[] }) =>
      output(await api().createWebhook({ url, ...(events === undefined ? {} : { events }) }), ({ webhook, secret }) => {
        console.log(`${webhook.url} (${webhook.id})`);
        console.log(`Secret (shown only once): ${secret}`);
      }),
    );

  for (const [verb, isActive] of [
    ['pause', false],
    ['resume', true],
  ] as const) {
    webhooks
      .command(verb)
      .description(isActive ? 'send it events again' : 'stop sending it events')
      .argument('<webhook>')
      .action(async (id: string) => output(await api().updateWebhook({ id, isActive }), (row) => printWebhooks([row])));
  }
  addDeliveryCommands(webhooks, terminal);
}

function addDeliveryCommands(webhooks: Command, { api, output }: Terminal): void {
  webhooks
    .command('ping')
    .description('send a test event')
    .argument('<webhook>')
    .action(async (id: string) =>
      output(await api().pingWebhook(id), (row) => {
        printDeliveries([row]);
        console.log(`Show the result: headwater webhooks deliveries ${id}`);
      }),
    );

  webhooks
    .command('deliveries')
    .description('list the deliveries of an endpoint')
    .argument('<webhook>')
    .option('--limit <n>', 'how many', parseCount, 20)
    .action(async (id: string, options: { limit: number }) =>
      output(await api().listDeliveries(id, options), printDeliveries),
    );

  webhooks
    .command('redeliver')
    .description('send a delivery again, with the same id')
    .argument('<webhook>')
    .argument('<delivery>')
    .action(async (id: string, delivery: string) =>
      output(await api().redeliver(id, delivery), (row) => printDeliveries([row])),
    );

  webhooks
    .command('delete')
    .argument('<webhook>')
    .action(async (id: string) => output(await api().deleteWebhook({ id }), () => console.log('Deleted.')));
}
