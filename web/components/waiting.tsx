import type { WaitingFor } from '../api/types.ts';
import { count, plural } from '../format.ts';
import { Time } from './time.tsx';

/** Why a job does not go on at the moment. */
export function WaitingWords({ waiting }: { readonly waiting: WaitingFor }) {
  switch (waiting.reason) {
    case 'approval':
      return (
        <>
          Waits for you: {plural(waiting.removals, 'item')} of {count(waiting.of)} would be removed.
        </>
      );
    case 'rate_limit':
      return (
        <>
          Rate limited by the vendor. Resumes <Time at={waiting.until} />.
        </>
      );
    case 'quota':
      return (
        <>
          A quota is used up; it goes on <Time at={waiting.until} />.
        </>
      );
    case 'sign_in':
      return <>Waits for a new sign-in; it then goes on by itself.</>;
    case 'pause':
      return <>Paused. Nothing new is begun until it is resumed.</>;
    case 'embedder':
    case 'database':
    case 'vector_store':
    case 'staging':
    case 'disk_full':
    case 'vendor':
    case 'internal':
      return (
        <>
          {waiting.message} Waiting since <Time at={waiting.since} />, tried {plural(waiting.attempts, 'time')}.
        </>
      );
  }
}
