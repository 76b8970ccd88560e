export * from './client.ts';
export * from './errors.ts';
export type * from './operations.ts';
export type { CallOptions, ClientOptions } from './request.ts';
export type { WaitOptions } from './waiting.ts';
