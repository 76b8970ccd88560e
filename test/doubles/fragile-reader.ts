/** The production reader, except that some texts crash it and one never finishes. */

import { functions, serve } from '../../content/extraction/readers/reader-process.ts';

const endsTheReader = 'This text ends its reader.';
const neverDone = 'This text is never read to its end.';

serve({
  ...functions,
  read: async (input: Parameters<typeof functions.read>[0]) => {
    const text = Buffer.from(input.bytes).toString();
    if (text.includes(endsTheReader)) process.abort();
    while (text.includes(neverDone));
    return await functions.read(input);
  },
});
