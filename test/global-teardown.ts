import type { Child } from '../local/children.ts';

export default async function globalTeardown(): Promise<void> {
  await (globalThis as { headwaterTemporal?: Child }).headwaterTemporal?.[Symbol.asyncDispose]();
}
