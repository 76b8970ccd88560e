/** `npm run web:build`: builds the web page into `web/dist`, from which the API serves it. */

import { buildPage } from '../tools/local/page.ts';

await buildPage();
console.log('The web page is built: web/dist');
