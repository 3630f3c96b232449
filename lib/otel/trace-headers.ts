import type { Context } from '@opentelemetry/api';
import type { OpenTelemetry } from './open-telemetry.js';

type Headers = Readonly<Record<string, string>>;

/**
 * The headers by which the context travels with a job. None beside a caller's own: who gives `traceparent` means that trace, and a part
 * of another one would make a third.
 */
export function traceHeaders({ propagation }: OpenTelemetry, context: Context, own: unknown): Headers {
  const added: Record<string, string> = {};
  propagation.inject(context, added);
  if (typeof own !== 'object' || own === null) return added;
  return Object.keys(added).some((name) => Object.hasOwn(own, name)) ? {} : added;
}
