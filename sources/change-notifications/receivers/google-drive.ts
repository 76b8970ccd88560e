import { type NotificationReceiver, headerOf, refused } from './receiver.ts';

/**
 * Drive signs nothing and sends no body; each channel has its own token
 * (docs/vendors/google-drive.md#change-notifications). The first message, `sync`, only says that the channel is open.
 */
export const googleDriveReceiver: NotificationReceiver = (request) => {
  const channel = headerOf(request, 'x-goog-channel-id');
  const state = headerOf(request, 'x-goog-resource-state');
  if (channel === '' || state === '') return refused;
  if (state === 'sync') return { outcome: 'notifications', notifications: [] };
  const secret = headerOf(request, 'x-goog-channel-token');
  return { outcome: 'notifications', notifications: [{ externalId: channel, secret, asksFor: 'sync' }] };
};
