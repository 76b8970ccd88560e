import type { FastifyInstance } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import type { Kysely } from 'kysely';
import { asUser, type Transact } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** One transaction that sees only the rows of the request's user and can change none. */
    read: Transact;
    /** One transaction that sees and changes only the rows of the request's user. */
    write: Transact;
  }
}

/** Gives each request its transactions, so that no route names the user whose rows it sees. */
export const transactionsPlugin = fastifyPlugin(
  (app: FastifyInstance, { db }: { readonly db: Kysely<Database> }, done) => {
    app.addHook('onRequest', (request, _reply, next) => {
      request.read = (work) => asUser(db, request.userId, work, 'read only');
      request.write = (work) => asUser(db, request.userId, work);
      next();
    });
    done();
  },
  { name: 'transactions', dependencies: ['auth'] },
);
