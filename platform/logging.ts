import { isSpanContextValid, trace } from '@opentelemetry/api';
import { loggedError } from '../domain/logged-error.ts';

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
export const loggerOptions = { redact: redaction, serializers: { err: loggedError }, mixin: traceIds };

/** As OpenTelemetry's log conventions name them; nothing without tracing. */
function traceIds(): { readonly trace_id?: string; readonly span_id?: string } {
  const context = trace.getActiveSpan()?.spanContext();
  if (context === undefined || !isSpanContextValid(context)) return {};
  return { trace_id: context.traceId, span_id: context.spanId };
}
