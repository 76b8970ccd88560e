/**
 * Runs before each test file. Building the activities' dependencies, or an activity environment, takes Temporal's runtime
 * of this process, and creates one with the SDK's defaults if there is none. Later files could not install ours any more,
 * so it is installed before the first file, whichever that is.
 */

import { prepareTemporal } from './temporal.ts';

await prepareTemporal();
