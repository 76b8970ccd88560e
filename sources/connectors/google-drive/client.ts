import { drive_v3 } from 'googleapis/build/src/apis/drive/v3.js';
import { type CallContext, callTimeoutMs, createGoogleCall, type GoogleCall, rootUrl } from '../google/call.ts';
import { type GoogleService, googleError } from '../google/errors.ts';

/** The cost of each call in Google's quota units: docs/vendors/google-drive.md#errors-and-quotas. */
const units = { read: 5, list: 100, download: 200 } as const;

const service: GoogleService = {
  name: 'Google Drive',
  scope: 'https://www.googleapis.com/auth/drive.readonly',
  purpose: 'to list files and shared drives and to read their content',
  words: {
    too_large: 'Google does not export documents larger than 10 MB.',
    unsupported: 'Google does not allow downloads of this file.',
    forbidden: 'The account has no permission to read this file.',
    not_found: 'The file no longer exists, or is no longer shared with the account.',
  },
  content: 'file',
};

/** Runs one call of the official client with a valid token; a refused token is replaced once. */
export type DriveCall = GoogleCall<drive_v3.Drive, keyof typeof units>;

/** @param apiBaseUrl replaces Google's address in tests and with simulators */
export function createDriveCall(context: CallContext, apiBaseUrl: string | undefined): DriveCall {
  return createGoogleCall(context, {
    service,
    units,
    toError: async (thrown, subject) => await Promise.resolve(googleError(thrown, subject, service)),
    clientWith: (auth) => new drive_v3.Drive({ auth, retry: false, ...rootUrl(apiBaseUrl) }),
    askAccount: (drive, signal) => drive.about.get({ fields: 'kind' }, { signal, timeout: callTimeoutMs }),
  });
}
