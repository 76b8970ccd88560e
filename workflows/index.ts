export { deleteDocument, deleteSource, eraseUser } from './deletion.ts';
export { notifiedSync } from './notified-sync.ts';
export { subscription } from './subscription.ts';
export { syncJob } from './sync-job.ts';
export { syncPage } from './sync-page.ts';
export { moveVectors, maintainVectorIndex, verifyVectors } from './vectors.ts';
export { webhookDelivery } from './webhook-delivery.ts';
