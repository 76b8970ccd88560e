/** A reader that does what hostile files make readers do, as its requests say: see `run`. */

import { Socket } from 'node:net';
import { createFrameReader, toFrame } from '../../content/extraction/readers/frames.ts';
import { readyMessage } from '../../content/extraction/readers/protocol.ts';

export interface Misbehavior {
  readonly do: 'answer' | 'sleep' | 'loop' | 'crash' | 'fill heap' | 'fill buffers' | 'one huge string' | 'flood';
  readonly ms?: number;
}

const socket = new Socket({ fd: 3 });
let done = 0;

function answer(cpuMs: number): void {
  socket.write(toFrame({ answer: { pid: process.pid, nth: ++done }, cpuMs }));
}

function run({ do: what, ms = 0 }: Misbehavior): void {
  const held: unknown[] = [];
  const until = performance.now() + ms;
  switch (what) {
    case 'sleep':
      while (performance.now() < until);
      break;
    case 'loop':
      for (;;) held.length = 0;
    case 'crash':
      return process.abort();
    case 'fill heap':
      for (;;) held.push({ x: Math.random() });
    case 'fill buffers':
      for (;;) held.push(Buffer.alloc(16 * 1024 * 1024, 1));
    case 'one huge string':
      for (;;) held.push('A'.repeat(100 * 1024 * 1024).split(''));
    case 'flood':
      socket.write(toFrame({ answer: 'x'.repeat(3 * 1024 * 1024) }));
      return;
    case 'answer':
  }
  answer(ms);
}

socket.on(
  'data',
  createFrameReader(2 ** 30, (requests) => {
    for (const { input } of requests as readonly { readonly input: Misbehavior }[]) run(input);
  }),
);
socket.on('close', () => process.exit(0));
socket.write(toFrame(readyMessage));
