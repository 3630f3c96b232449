import { optionalPeer } from '../optional-peer.js';

/** The peer, which may be missing. */
export type OpenTelemetry = typeof import('@opentelemetry/api');

/**
 * The API as this package finds it. It need not be the one that the application imports: all copies share what the SDK has registered.
 * @throws DqOptionsError when it is not installed
 */
export function openTelemetry(): Promise<OpenTelemetry> {
  // oxlint-disable-next-line no-restricted-imports -- the one place that loads it, when forRoot is called
  return optionalPeer('@opentelemetry/api', 'DqOtelModule', () => import('@opentelemetry/api'));
}
