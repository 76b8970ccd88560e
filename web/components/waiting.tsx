import type { WaitingFor } from '../api/types.ts';
import { count, plural } from '../format.ts';
import { Time } from './time.tsx';

/** Why a job waits, and until when. @param vendor the label of its source’s type */
export function WaitingText({ waiting, vendor }: { readonly waiting: WaitingFor; readonly vendor: string }) {
  switch (waiting.reason) {
    case 'approval':
      return (
        <>
          Waiting for your approval to remove {plural(waiting.removals, 'item')} of {count(waiting.of)}.
        </>
      );
    case 'rate_limit':
      return (
        <>
          Rate limited by {limiter(waiting.limitedBy, vendor)}. Resumes <Time at={waiting.until} due="any moment" />.
        </>
      );
    case 'quota':
      return (
        <>
          The quota of {limiter(waiting.limitedBy, vendor)} is used up. Resumes{' '}
          <Time at={waiting.until} due="any moment" />.
        </>
      );
    case 'sign_in':
      return <>Waiting for you to connect the account again. The sync then continues automatically.</>;
    case 'pause':
      return <>Paused. Work in progress is finished; nothing new starts until you resume.</>;
    case 'worker':
    case 'temporal':
      return <>{waiting.message}</>;
    case 'embedder':
    case 'database':
    case 'vector_store':
    case 'staging':
    case 'disk_full':
    case 'vendor':
    case 'internal':
      return (
        <>
          {waiting.message} Failing since <Time at={waiting.since} /> ({plural(waiting.attempts, 'attempt')}).
        </>
      );
  }
}

function limiter(limitedBy: 'source' | 'embedder', vendor: string): string {
  return limitedBy === 'embedder' ? 'the embedding server' : vendor;
}
