import { startGoogle } from '../../../simulators/google/server.ts';
import { openDropbox } from './dropbox.ts';
import { openGmail } from './gmail.ts';
import { openGoogleDrive } from './google-drive.ts';
import { openNotion } from './notion.ts';
import { openOneDrive } from './onedrive.ts';
import { openSlack } from './slack.ts';
import { type SoakVendor, tokensLiveS } from './vendor.ts';

export const soakSources = ['google_drive', 'dropbox', 'onedrive', 'gmail', 'slack', 'notion'] as const;

/** @throws Error for a source without a soak */
export async function openVendors(sources: readonly string[], stack: AsyncDisposableStack): Promise<SoakVendor[]> {
  // Google's real refresh tokens do not rotate; here they do, so that losing one is tested.
  const google = stack.use(await startGoogle(0, { rotate: true, expiresInS: tokensLiveS }));
  const openers: Readonly<Record<string, () => SoakVendor | Promise<SoakVendor>>> = {
    google_drive: () => openGoogleDrive(google),
    gmail: () => openGmail(google),
    dropbox: () => openDropbox(stack),
    onedrive: () => openOneDrive(stack),
    slack: () => openSlack(stack),
    notion: () => openNotion(stack),
  };
  const vendors: SoakVendor[] = [];
  for (const source of sources) {
    const open = openers[source];
    if (open === undefined) throw new Error(`There is no soak for "${source}", only for ${soakSources.join(', ')}.`);
    vendors.push(await open());
  }
  return vendors;
}
