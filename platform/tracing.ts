/** OpenTelemetry traces, if the standard variables request them. Otherwise no tracing module is loaded. */

import type { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry';

/** Spans of workflows, activities and the calls that start them. */
export interface Tracing extends AsyncDisposable {
  /** For `Client` and `Worker.create`. */
  readonly plugins: readonly OpenTelemetryPlugin[];
}

/**
 * Exports over OTLP/HTTP if `OTEL_EXPORTER_OTLP_ENDPOINT` (or `…_TRACES_ENDPOINT`) is set; the exporter reads the other
 * standard variables itself. Spans contain ids and activity names, never synced content.
 */
export async function startTracing(serviceName: string, isAskedFor: boolean): Promise<Tracing> {
  if (!isAskedFor) return { plugins: [], [Symbol.asyncDispose]: () => Promise.resolve() };
  const [{ OpenTelemetryPlugin }, { BatchSpanProcessor, NodeTracerProvider }, { OTLPTraceExporter }, resources] =
    await Promise.all([
      import('@temporalio/interceptors-opentelemetry'),
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-proto'),
      import('@opentelemetry/resources'),
    ]);
  const named = new resources.Resource({ 'service.name': serviceName });
  const resource = resources.Resource.default().merge(named).merge(resources.envDetectorSync.detect());
  const spanProcessor = new BatchSpanProcessor(new OTLPTraceExporter());
  const provider = new NodeTracerProvider({ resource, spanProcessors: [spanProcessor] });
  provider.register();
  return {
    plugins: [new OpenTelemetryPlugin({ resource, spanProcessor })],
    [Symbol.asyncDispose]: () => provider.shutdown(),
  };
}
