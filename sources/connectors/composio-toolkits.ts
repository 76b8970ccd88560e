/** What Composio calls each source, by source type; null where there is nothing to sign in to. Free of any vendor's SDK. */

import type { SourceType } from '../../domain/source.ts';

export interface ComposioToolkit {
  readonly slug: string;
  /**
   * Addresses that hand out a file as it is stored: of these the proxy must give back every byte. Null where the connector
   * does not let another carry its calls (`carrierOf`): a token that Composio masks is then the end.
   */
  readonly files: RegExp | null;
}

export const composioToolkits: Readonly<Record<SourceType | 'slack' | 'notion', ComposioToolkit | null>> = {
  google_drive: { slug: 'googledrive', files: /[?&]alt=media|\/export\?/ },
  // Mails and attachments come as text within JSON.
  gmail: { slug: 'gmail', files: /^never:/ },
  dropbox: { slug: 'dropbox', files: /\/2\/files\/(download|export)$/ },
  onedrive: { slug: 'one_drive', files: /\/content(\?|$)/ },
  // Pages come as text within JSON.
  notion: { slug: 'notion', files: /^never:/ },
  slack: { slug: 'slack', files: null },
  local_folder: null,
};
