import { type LogLevel, Runtime, type RuntimeOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { ConfigError } from './config.ts';

/**
 * Sends Temporal's log lines to our log instead of the terminal; its info level is our debug level. Called once per
 * process, before the first worker.
 * @param metricsAddress where Prometheus scrapes the SDK's and our metrics (`127.0.0.1:9464`)
 * @throws ConfigError if nothing can listen there
 */
export function quietTemporal(logger: Logger, metricsAddress?: string): void {
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;
  const write = (level: LogLevel, message: string, meta?: object): void => logger[levels[level]](meta ?? {}, message);
  const prometheus = { bindAddress: metricsAddress ?? '', useSecondsForDurations: true, unitSuffix: true };
  const options: RuntimeOptions = {
    ...(metricsAddress === undefined
      ? {}
      : { telemetryOptions: { metrics: { prometheus, metricPrefix: 'temporal_' } } }),
    logger: {
      log: write,
      trace: (message, meta) => write('TRACE', message, meta),
      debug: (message, meta) => write('DEBUG', message, meta),
      info: (message, meta) => write('INFO', message, meta),
      warn: (message, meta) => write('WARN', message, meta),
      error: (message, meta) => write('ERROR', message, meta),
    },
  };
  try {
    Runtime.install(options);
  } catch (error) {
    if (metricsAddress === undefined) throw error;
    const said = Error.isError(error) ? error.message : String(error);
    throw new ConfigError(
      `METRICS_ADDRESS=${metricsAddress}: ${said}. Name an address of this machine whose port is free; each worker on it needs one of its own.`,
      { cause: error },
    );
  }
}
