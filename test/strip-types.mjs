import { createHash } from 'node:crypto';
import { stripTypeScriptTypes } from 'node:module';

const strip = (source) => ({ code: stripTypeScriptTypes(source, { mode: 'strip' }) });
const getCacheKey = (source) => createHash('sha256').update(source).update(process.version).digest('hex');

/** Jest's transform: Node's own type stripper, so that tests run what production runs. */
export default { canInstrument: false, getCacheKey, process: strip, processAsync: async (source) => strip(source) };
