import { Stepper } from '@mantine/core';
import type { SourceTypeDescription } from '../api/types.ts';

const usual = ['Type', 'Connect', 'What to sync', 'Review and start'];
/** Without a sign-in there is nothing to connect, and what to sync is set with the type. */
const withoutSignIn = ['Type and folder', 'Review and start'];
const uploading = ['Type', 'Upload'];

/** Progress through adding a source. @param type what has been chosen so far */
export function AddSteps({ at, type = null }: { readonly at: number; readonly type?: SourceTypeDescription | null }) {
  const steps = type === null || type.signIn !== null ? usual : type.receivesFiles ? uploading : withoutSignIn;
  return (
    <Stepper active={Math.min(at, steps.length - 1)} mb="xl" size="sm" allowNextStepsSelect={false} visibleFrom="sm">
      {steps.map((step) => (
        <Stepper.Step key={step} label={step} />
      ))}
    </Stepper>
  );
}
