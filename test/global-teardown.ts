export default async function globalTeardown(): Promise<void> {
  await (globalThis as { headwaterTests?: AsyncDisposableStack }).headwaterTests?.[Symbol.asyncDispose]();
}
