/** Requests that Node cannot read as HTTP, so that no route, hook or error handler ever sees them. */

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { bodyOf, Problem } from './problem.ts';

/** Answers on the connection itself, and closes it: what else arrives there cannot be told apart. */
export function answerUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  // Whoever closed the connection reads no answer.
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) socket.write(answerOf(problemOf(error.code)));
  socket.destroy(error);
}

function problemOf(code: string | undefined): Problem {
  switch (code ?? '') {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem(408, 'invalid_request', 'The request did not arrive within 5 minutes. Send it again.');
    case 'HPE_HEADER_OVERFLOW':
      return new Problem(
        431,
        'invalid_header',
        'The headers are larger than 16 KB. Send fewer cookies or shorter ones.',
      );
    case 'HPE_INVALID_METHOD':
      return new Problem(400, 'invalid_request', 'There is no such HTTP method. See /docs for those of each address.');
    default:
      return new Problem(
        400,
        'invalid_request',
        'This cannot be read as an HTTP request. Check its first line and headers.',
      );
  }
}

function answerOf(problem: Problem): string {
  const body = JSON.stringify(bodyOf(problem));
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
