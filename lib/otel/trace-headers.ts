import type { Context } from '@opentelemetry/api';
import type { OpenTelemetry } from './open-telemetry.js';

/** What the headers of a job may take together. */
const MOST_HEADER_BYTES = 8_192;

type Headers = Readonly<Record<string, string>>;

/**
 * The headers by which the context travels with a job. None beside a caller's own: who gives `traceparent` means that trace, and a part
 * of another one would make a third. None where they are too much for a job: it must not be refused for its trace.
 */
export function traceHeaders({ propagation }: OpenTelemetry, context: Context, own: unknown): Headers {
  const added: Record<string, string> = {};
  propagation.inject(context, added);
  if (typeof own !== 'object' || own === null) return fits(added) ? added : {};
  const isOwn = Object.keys(added).some((name) => Object.hasOwn(own, name));
  return isOwn || !fits({ ...added, ...own }) ? {} : added;
}

function fits(headers: object): boolean {
  return Buffer.byteLength(JSON.stringify(headers)) <= MOST_HEADER_BYTES;
}
