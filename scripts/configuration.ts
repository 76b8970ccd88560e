/** `npm run configuration`: writes docs/configuration.md from the schema. A test keeps the two equal. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configurationPage } from '../platform/environment-reference.ts';

await writeFile(join(import.meta.dirname, '..', 'docs', 'configuration.md'), configurationPage());
