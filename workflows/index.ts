export { deleteSource } from './delete-source.ts';
export { syncJob } from './sync-job.ts';
export { syncPage } from './sync-page.ts';
