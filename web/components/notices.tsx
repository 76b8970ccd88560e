import { Notifications } from '@mantine/notifications';

/** Where a short confirmation appears. Only views that have one render it, so that others do not load it. */
export function Notices() {
  return <Notifications position="bottom-right" autoClose={3000} />;
}
