import { Stepper } from '@mantine/core';

const steps = ['Type', 'Connect', 'What to sync', 'Review and start'];

/** Progress through adding a source. */
export function AddSteps({ at }: { readonly at: number }) {
  return (
    <Stepper active={at} mb="xl" size="sm" allowNextStepsSelect={false} visibleFrom="sm">
      {steps.map((step) => (
        <Stepper.Step key={step} label={step} />
      ))}
    </Stepper>
  );
}
