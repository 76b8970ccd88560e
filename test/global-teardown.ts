import type { Child } from '../tools/local/children.ts';

export default async function globalTeardown(): Promise<void> {
  await (globalThis as { headwaterTemporal?: Child }).headwaterTemporal?.[Symbol.asyncDispose]();
}
