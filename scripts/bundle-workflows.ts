/** `node scripts/bundle-workflows.ts`: builds the workflows' bundle ahead, so that a worker is ready at once. */

import { findWorkflowBundle } from '../platform/workflow-bundle.ts';

const bundle = await findWorkflowBundle();
console.log(
  'codePath' in bundle ? `The workflows are bundled: ${bundle.codePath}` : 'The bundle could not be written.',
);
