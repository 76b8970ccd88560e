import type { drive_v3 } from 'googleapis/build/src/apis/drive/v3.js';
import type { Choice } from '../connector.ts';
import { callTimeoutMs, type DriveCall } from './client.ts';

const drivesPerPage = 100;
/** More than anybody reads through; the id of a further one can be typed in. */
const mostShown = 500;

/** The shared drives that the account is a member of. */
export async function sharedDriveChoices(call: DriveCall, signal: AbortSignal): Promise<readonly Choice[]> {
  const choices: Choice[] = [];
  let pageToken: string | null | undefined;
  do {
    const data: drive_v3.Schema$DriveList = await call(
      'account',
      'list',
      signal,
      async (drive) =>
        await drive.drives.list(
          { pageSize: drivesPerPage, ...(pageToken ? { pageToken } : {}), fields: 'nextPageToken,drives(id,name)' },
          { signal, timeout: callTimeoutMs },
        ),
    );
    for (const { id, name } of data.drives ?? [])
      if (id) choices.push({ value: id, label: name ?? id, hasChildren: false });
    pageToken = data.nextPageToken;
  } while (pageToken && choices.length < mostShown);
  return choices;
}
