import { lazy, Suspense } from 'react';
import { useVectorStatus } from '../api/vectors.ts';

/** Loaded only where there is something to move, because most people never see it. */
const VectorMoveCard = lazy(async () => ({ default: (await import('./vector-move-card.tsx')).VectorMoveCard }));

/** Offers the move to the configured model or store. Shows nothing if there is none. */
export function VectorMove() {
  const { data } = useVectorStatus();
  if (data?.move === null || data === undefined || data.live === null) return null;
  return (
    <Suspense fallback={null}>
      <VectorMoveCard status={data} from={data.live} move={data.move} />
    </Suspense>
  );
}
