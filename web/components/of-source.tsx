import type { ReactNode } from 'react';
import { useSources, useSourceTypes } from '../api/sources.ts';
import type { DataSource, SourceTypeDescription } from '../api/types.ts';
import { NotFound, NotLoaded } from './status-views.tsx';

interface OfSourceProps {
  readonly id: string;
  readonly children: (source: DataSource, type: SourceTypeDescription) => ReactNode;
}

/** What a page shows of a source, once it is loaded. A source that cannot be loaded is not said to be deleted. */
export function OfSource({ id, children }: OfSourceProps) {
  const sources = useSources();
  const types = useSourceTypes();
  if (sources.data === undefined) return <NotLoaded query={sources} title="Could not load the source" />;
  if (types.data === undefined) return <NotLoaded query={types} title="Could not load the source types" />;
  const source = sources.data.find((one) => one.id === id);
  const type = types.data.find((one) => one.sourceType === source?.sourceType);
  if (source === undefined || type === undefined) return <NotFound what="Source" to="/sources" list="All sources" />;
  return children(source, type);
}
