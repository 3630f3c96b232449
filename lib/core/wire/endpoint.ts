import { isIPv6 } from 'node:net';
import { DqEndpointError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';

/** Where a node listens. `name` is the text the user wrote: it stands in handles, logs and errors. */
export interface Endpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

const ENDPOINT = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/;

/** Reads `host:port` or `[v6]:port`, or throws {@link DqEndpointError}. */
export function parseEndpoint(text: unknown): Endpoint {
  const match = typeof text === 'string' ? ENDPOINT.exec(text) : null;
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  const v6 = match?.[1];
  if (host === undefined || port < 1 || port > 65_535 || (v6 !== undefined && !isIPv6(v6))) {
    // What stands before an @ may be a password.
    const got =
      typeof text === 'string' && text.includes('@') ? 'one with an @, and beanstalkd has no users' : shown(text);
    throw new DqEndpointError(
      `Expected a beanstalkd endpoint as host:port, such as 10.0.0.1:11300 or [::1]:11300, got ${got}.`,
    );
  }
  return { name: text as string, host, port };
}
