/** Increased when the same bytes would give a different text or different chunks. */
export const pipelineVersion = '10';
