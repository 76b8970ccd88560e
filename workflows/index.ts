export { deleteDocument, deleteSource, eraseUser } from './deletion.ts';
export { syncJob } from './sync-job.ts';
export { syncPage } from './sync-page.ts';
export { moveVectors, tendVectorIndex, verifyVectors } from './vectors.ts';
