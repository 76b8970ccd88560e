/** `npm run configuration`: writes docs/configuration.md and .env.example from the schema. A test compares them. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configurationPage, environmentExample } from '../platform/environment-reference.ts';

const root = join(import.meta.dirname, '..');
const compose = await readFile(join(root, 'docker-compose.yml'), 'utf8');
const names = new Set([...compose.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name));
await writeFile(join(root, 'docs', 'configuration.md'), configurationPage());
await writeFile(join(root, '.env.example'), environmentExample(names));
