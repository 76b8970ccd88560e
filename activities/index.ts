import { closeJob } from './close-job.ts';
import { closePage, failBatch } from './close-page.ts';
import { lookForSignIn, saveSpeed } from './control.ts';
import { deliverWebhook } from './deliver-webhook.ts';
import {
  countStores,
  eraseRest,
  listSourcesToErase,
  removeDocuments,
  removeSource,
  revokeSignIn,
  stopJobOf,
} from './deletion.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { diffPage } from './diff-page.ts';
import { downloadBatch } from './download-batch.ts';
import { embedBatch } from './embed-batch.ts';
import { takeNotifiedJob } from './notified-job.ts';
import { listManual, listPage, listRetries, listScans, listStale, restartList } from './list-page.ts';
import {
  beginMove,
  dropMovedVectors,
  findMoveTarget,
  moveSomeVectors,
  switchVectors,
  maintainVectors,
} from './move-vectors.ts';
import { openJob } from './open-job.ts';
import { keepSubscription } from './change-notifications.ts';
import { confirmRemovals, findRemovals, listSweep, planSweep, recordDecision } from './sweep.ts';
import { transformBatch } from './transform-batch.ts';
import { compareVectors, listUsersWithVectors, repairVectors } from './verify-vectors.ts';

/** All activities, built from the worker's dependencies. */
export function createActivities(deps: ActivityDependencies) {
  return {
    openJob: openJob(deps),
    listPage: listPage(deps),
    restartList: restartList(deps),
    listRetries: listRetries(deps),
    listStale: listStale(deps),
    listScans: listScans(deps),
    listManual: listManual(deps),
    diffPage: diffPage(deps),
    downloadBatch: downloadBatch(deps),
    transformBatch: transformBatch(deps),
    embedBatch: embedBatch(deps),
    failBatch: failBatch(deps),
    closePage: closePage(deps),
    findRemovals: findRemovals(deps),
    confirmRemovals: confirmRemovals(deps),
    planSweep: planSweep(deps),
    recordDecision: recordDecision(deps),
    listSweep: listSweep(deps),
    lookForSignIn: lookForSignIn(deps),
    saveSpeed: saveSpeed(deps),
    closeJob: closeJob(deps),
    stopJobOf: stopJobOf(deps),
    countStores: countStores(deps),
    revokeSignIn: revokeSignIn(deps),
    removeDocuments: removeDocuments(deps),
    listSourcesToErase: listSourcesToErase(deps),
    eraseRest: eraseRest(deps),
    removeSource: removeSource(deps),
    takeNotifiedJob: takeNotifiedJob(deps),
    keepSubscription: keepSubscription(deps),
    deliverWebhook: deliverWebhook(deps),
    listUsersWithVectors: listUsersWithVectors(deps),
    compareVectors: compareVectors(deps),
    repairVectors: repairVectors(deps),
    findMoveTarget: findMoveTarget(deps),
    beginMove: beginMove(deps),
    moveSomeVectors: moveSomeVectors(deps),
    switchVectors: switchVectors(deps),
    dropMovedVectors: dropMovedVectors(deps),
    maintainVectors: maintainVectors(deps),
  };
}

/** The type for `proxyActivities`. */
export type Activities = ReturnType<typeof createActivities>;
