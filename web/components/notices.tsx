import { Notifications } from '@mantine/notifications';

/** Shows short confirmations. Only views that have one render it, so that others do not load it. */
export function Notices() {
  return <Notifications position="bottom-right" autoClose={3000} />;
}
