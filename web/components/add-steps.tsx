import { Stepper } from '@mantine/core';

const steps = ['Choose', 'Connect', 'What to sync', 'Plan and start'];

/** Where one is on the way to a new source. */
export function AddSteps({ at }: { readonly at: number }) {
  return (
    <Stepper active={at} mb="xl" size="sm" allowNextStepsSelect={false} visibleFrom="sm">
      {steps.map((step) => (
        <Stepper.Step key={step} label={step} />
      ))}
    </Stepper>
  );
}
