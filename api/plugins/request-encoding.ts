import type { FastifyInstance } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { Problem } from '../problem.ts';

/** Throws at bytes that are not UTF-8. A byte order mark, with which some programs begin a text, is left out. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Rejects bodies that would be read as something else than was sent: another character encoding than UTF-8 (old shells
 * of Windows send their own), whose letters would be stored as �, and compressed ones, of which an upload would store
 * the compressed bytes as the file.
 */
export const requestEncodingPlugin = fastifyPlugin(
  (app: FastifyInstance, _options, done) => {
    app.addHook('onRequest', ({ headers }, _reply, next) => {
      const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
      next(encoding === 'identity' ? undefined : refusalOfCompressed(encoding));
    });
    const parse = app.getDefaultJsonParser('error', 'error');
    app.removeContentTypeParser('application/json');
    app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, next) => {
      const text = decoded(body);
      if (text === null) next(new Problem(400, 'invalid_json', 'The body is not UTF-8, as JSON must be. Send UTF-8.'));
      else void parse(request, text, next);
    });
    done();
  },
  { name: 'request-encoding', dependencies: ['errors'] },
);

function refusalOfCompressed(encoding: string): Problem {
  return new Problem(
    415,
    'media_type',
    `Compressed bodies (content-encoding: ${encoding}) are not read. Send the body as it is, without this header.`,
  );
}

function decoded(body: Buffer): string | null {
  try {
    return utf8.decode(body);
  } catch {
    return null;
  }
}
