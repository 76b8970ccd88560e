import { isSpanContextValid, trace } from '@opentelemetry/api';

/** Paths that are never logged, wherever they occur. */
const redaction = {
  paths: [
    'accessToken',
    'refreshToken',
    'auth_data',
    'authData',
    '*.accessToken',
    '*.refreshToken',
    '*.authData',
    'headers.authorization',
    '*.headers.authorization',
    'req.headers.authorization',
  ],
  censor: '[redacted]',
};

/** For every logger of ours: what is left out, and what leads from a line to its trace. */
export const loggerOptions = { redact: redaction, mixin: traceIds };

/** As OpenTelemetry's log conventions name them; nothing without tracing. */
function traceIds(): { readonly trace_id?: string; readonly span_id?: string } {
  const context = trace.getActiveSpan()?.spanContext();
  if (context === undefined || !isSpanContextValid(context)) return {};
  return { trace_id: context.traceId, span_id: context.spanId };
}
