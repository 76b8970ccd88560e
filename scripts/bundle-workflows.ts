/** `node scripts/bundle-workflows.ts`: builds the workflow bundle in advance, so that a worker starts without delay. */

import { findWorkflowBundle } from '../platform/workflow-bundle.ts';

const bundle = await findWorkflowBundle();
console.log(
  'codePath' in bundle
    ? `The workflow bundle is ready: ${bundle.codePath}`
    : 'The workflow bundle could not be written.',
);
