import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import helmet from '@fastify/helmet';
import serveStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import type { Config } from '../../platform/config.ts';

/** The folder into which `npm run web:build` writes the page. */
const built = join(import.meta.dirname, '..', '..', 'web', 'dist');

/** The path to which a browser is sent if an address has no page; the page says so. */
export const notFound = '/not-found';

/** The paths of the web page, which all return the same document. */
const addresses = [
  '/',
  ...[
    'overview',
    'sources',
    'jobs',
    'documents',
    'search',
    'schedules',
    'transformations',
    'collections',
    'webhooks',
    'keys',
    'activity',
  ].flatMap((name) => [`/${name}`, `/${name}/*`]),
];

/**
 * The web page at `/`. It loads nothing from other hosts and has no inline scripts. Styles that the component library
 * creates at run time carry the nonce of the answer.
 */
export const pagePlugin = fastifyPlugin(
  async (app: FastifyInstance, { config }: { readonly config: Config }) => {
    await app.register(helmet, { global: false });
    // File names contain a content hash, so the files may be cached forever.
    const assets = {
      root: join(built, 'assets'),
      prefix: '/assets/',
      index: false,
      preCompressed: true,
      immutable: true,
      maxAge: '1y',
      suppressWarning: true,
    } as const;
    await app.register(serveStatic, assets);
    const readPage = rememberPage(join(built, 'index.html'));
    const policy = policyOf(config);
    for (const address of [...addresses, notFound]) {
      app.get(address, {
        config: { public: true },
        schema: { hide: true },
        helmet: { enableCSPNonces: true, contentSecurityPolicy: policy, frameguard: { action: 'deny' } },
        handler: async (_request, reply) => {
          const html = await readPage();
          if (html === null) return await notBuilt(reply);
          return await send(address === notFound ? reply.code(404) : reply, html);
        },
      });
    }
  },
  { name: 'page', dependencies: ['auth'] },
);

/**
 * The document is read for each visit, because it names the files of its build: after a new build, a remembered one would
 * name files that are gone. While a build replaces it, it is the last one.
 */
function rememberPage(file: string): () => Promise<string | null> {
  let last: string | null = null;
  return async () => (last = await readFile(file, 'utf8').catch(() => last));
}

/** Whether a person opens this address in a browser; programs get JSON. */
export function isOpenedByBrowser({
  method,
  url,
  headers,
}: Pick<FastifyRequest, 'method' | 'url' | 'headers'>): boolean {
  if (method !== 'GET' || /^\/(api|mcp|docs|assets)\b/.test(url)) return false;
  return headers.accept?.includes('text/html') === true;
}

function policyOf({ page }: Config) {
  const exchange = page.tokenExchangeUrl === undefined ? [] : [new URL(page.tokenExchangeUrl).origin];
  return {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'", ...exchange],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  };
}

async function send(reply: FastifyReply, html: string): Promise<FastifyReply> {
  return await reply
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(html.replace('__STYLE_NONCE__', reply.cspNonce.style));
}

async function notBuilt(reply: FastifyReply): Promise<FastifyReply> {
  return await reply
    .code(503)
    .type('text/plain; charset=utf-8')
    .send(
      'The web page is not built. Run `npm run web:build`, then load it again. The API itself is running; see /docs.',
    );
}
