/** A way to a PostgreSQL server that can be cut at any statement, before the server has it or after it was executed. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What happens to a statement: the server never receives it, or it executes it and the answer is lost. */
export type Cut = 'unsent' | 'unanswered';

/** The fate of one statement, and what is done when its connection is closed. */
export interface Fate {
  readonly cut: Cut;
  readonly afterwards?: () => void;
}

export interface UnreliableLink extends AsyncDisposable {
  /** The URL of the same database, through the link. */
  readonly url: string;
  /** Calls `act` at the statement that follows after so many others; a commit is a statement, too. It replaces an earlier call. */
  atStatement(afterOthers: number, act: () => Fate | null): void;
  /** Closes all connections, and accepts no others: the process on this side is dead. */
  kill(): void;
}

/** Where a statement is sent off: a query in one message, or the end of one in several. */
const endsStatement = new Set(['Q', 'S'].map((type) => type.charCodeAt(0)));
/** A message has a type and a length, which includes itself; the first one of a connection has only a length. */
const typeBytes = 1;
const lengthBytes = 4;

export async function startUnreliableLink(to: string): Promise<UnreliableLink> {
  const target = new URL(to);
  const sockets = new Set<Socket>();
  let planned: { left: number; readonly act: () => Fate | null } | null = null;
  let isDead = false;

  /** @returns what happens to this statement, if anything */
  const fateOfNext = (): Fate | null => {
    if (planned === null || planned.left-- > 0) return null;
    const { act } = planned;
    planned = null;
    return act();
  };
  const server = createServer((client) => {
    if (isDead) return void client.destroy();
    const backend = connect(Number(target.port), target.hostname);
    const both = [client, backend];
    const close = (): void => both.forEach((socket) => socket.destroy());
    const countStatements = messageCounter();
    let unanswered: Fate | null = null;
    const lose = (fate: Fate): void => {
      close();
      fate.afterwards?.();
    };
    for (const socket of both) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', close);
      socket.on('close', () => {
        sockets.delete(socket);
        close();
      });
    }
    client.on('data', (bytes) => {
      for (let statements = countStatements(bytes); statements > 0; statements--) {
        const fate = fateOfNext();
        if (fate?.cut === 'unsent') return lose(fate);
        unanswered ??= fate;
      }
      backend.write(bytes);
    });
    // PostgreSQL begins its answer to a statement when it has executed it.
    backend.on('data', (bytes) => (unanswered === null ? void client.write(bytes) : lose(unanswered)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kill = (): void => {
    isDead = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: Object.assign(new URL(to), { hostname: '127.0.0.1', port: String(port) }).href,
    atStatement: (left, act) => {
      planned = { left, act };
    },
    kill,
    [Symbol.asyncDispose]: async () => {
      kill();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Counts in a client's stream the messages with which statements are sent off. */
function messageCounter(): (bytes: Buffer) => number {
  let isFirst = true;
  let header: number[] = [];
  let bodyLeft = 0;
  return (bytes) => {
    let count = 0;
    for (let at = 0; at < bytes.byteLength;) {
      if (bodyLeft > 0) {
        const skipped = Math.min(bodyLeft, bytes.byteLength - at);
        bodyLeft -= skipped;
        at += skipped;
        continue;
      }
      header.push(bytes[at++] ?? 0);
      if (header.length < lengthBytes + (isFirst ? 0 : typeBytes)) continue;
      if (!isFirst && endsStatement.has(header[0] ?? 0)) count++;
      bodyLeft = Buffer.from(header.slice(-lengthBytes)).readUInt32BE() - lengthBytes;
      [isFirst, header] = [false, []];
    }
    return count;
  };
}
