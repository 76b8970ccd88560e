/** Runs the simulators in a separate process: prints their addresses as one line of JSON, and ends on SIGTERM. */

import { parseArgs } from 'node:util';
import { addDemoAccounts } from './google/demo-account.ts';
import { startGoogle } from './google/server.ts';
import { startOpenAi } from './openai/server.ts';

const { values } = parseArgs({
  options: {
    'google-port': { type: 'string', default: '0' },
    'openai-port': { type: 'string', default: '0' },
    'openai-latency': { type: 'string', default: '0' },
    /** Number of files in the generated account `big@example.com`. */
    files: { type: 'string', default: '0' },
  },
});

const google = await startGoogle(Number(values['google-port']));
const openai = await startOpenAi(Number(values['openai-port']), { latencyMs: Number(values['openai-latency']) });
addDemoAccounts(google.state);
const files = Number(values.files);
const big = files > 0 ? google.state.account('big@example.com') : null;
big?.generate(files);
const tokens = big === null ? null : google.oauth.issue('big@example.com', undefined, 7 * 24 * 3600);

/** The parent process controls the generated account and requests the counts over its channel. */
process.on(
  'message',
  (message: {
    readonly id: number;
    readonly do: 'touch' | 'counts' | 'clear' | 'latency' | 'truth' | 'mutating';
    readonly value?: number;
  }) => {
    const answer = (): unknown => {
      switch (message.do) {
        case 'touch':
          return big?.touch(message.value ?? 0.01, message.id);
        case 'latency':
          return (openai.settings.latencyMs = message.value ?? 0);
        case 'truth':
          return big?.truth();
        case 'mutating':
          return google.log.mutating().length;
        case 'counts':
          return {
            google: google.log.counts(),
            googleTotal: google.log.total,
            openai: { ...openai.counts, max: openai.maxTimesEmbedded() },
          };
        case 'clear':
          google.log.clear();
          Object.assign(openai.counts, { calls: 0, inputs: 0, tokens: 0 });
          openai.embedded.clear();
          return null;
      }
    };
    process.send?.({ id: message.id, value: answer() });
  },
);

const ready = {
  google: google.url,
  openai: `${openai.url}/v1`,
  accessToken: tokens?.accessToken ?? null,
  refreshToken: tokens?.refreshToken ?? null,
};
if (process.send === undefined) console.log(JSON.stringify(ready));
else process.send({ ready });

for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) {
  process.once(signal, () => {
    void Promise.all([google[Symbol.asyncDispose](), openai[Symbol.asyncDispose]()]).then(() => process.exit(0));
  });
}
