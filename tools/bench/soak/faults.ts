import type { FaultEffect } from '../../simulators/kit/faults.ts';
import type { OpenAiSimulator } from '../../simulators/openai/server.ts';
import type { FaultsOfHost, SoakVendor } from './vendors/vendor.ts';

/** Adds every kind of fault that the simulators support, each for its share of the calls. */
export function addFaults(vendors: readonly SoakVendor[], openai: OpenAiSimulator, share: number): void {
  for (const { faults, path, effects, often = 1, when } of vendors.flatMap((vendor) => vendor.faults)) {
    for (const then of effects)
      faults.add(when === undefined ? { path, share: share * often, then } : { path, when, then });
  }
  for (const then of embedderEffects) openai.faults.add({ path: '^/v1/embeddings$', share, then });
}

/** Ends all faults. @returns how many calls of each kind failed as scripted */
export function endFaults(vendors: readonly SoakVendor[], openai: OpenAiSimulator) {
  const hosts: readonly Pick<FaultsOfHost, 'faults'>[] = vendors.flatMap((vendor) => vendor.faults);
  const everywhere = new Set(hosts.map((host) => host.faults));
  const failed = { vendors: total([...everywhere]), embedder: total([openai.faults]) };
  for (const faults of [...everywhere, openai.faults]) faults.clear();
  return failed;
}

function total(faults: readonly FaultsOfHost['faults'][]): number {
  return faults.flatMap((one) => one.hits()).reduce((sum, hits) => sum + hits, 0);
}

const embedderEffects: readonly FaultEffect[] = [
  { status: 500, body: { error: { message: 'server error', type: 'server_error' } } },
  { status: 429, headers: { 'retry-after': '1' }, body: { error: { message: 'slow down', type: 'requests' } } },
  { reset: true },
  { truncate: 0.5 },
  { delayMs: 1500 },
];
