import type { Socket } from 'node:net';
import { FivebeansClient } from './fivebeans-client.js';
import type { Endpoint } from '../wire/endpoint.js';

/** What becomes of a socket. */
export interface SocketListeners {
  onOpen(): void;
  onData(chunk: Buffer): void;
  onError(error: Error): void;
  onClosed(): void;
}

const KEEP_ALIVE_MS = 10_000;

/**
 * Connects, through a fivebeans client that is used once. fivebeans gives the socket and its events. Its own reply road is not used: it
 * copies quadratically, has no deadline, shifts replies by one after any surprise, and evaluates YAML. One handler that is never
 * complete takes its place at the head of fivebeans' queue, and hands each chunk on.
 */
export function openSocket({ host, port }: Endpoint, listeners: SocketListeners): Socket {
  const client = new FivebeansClient(host, port);
  client.on('connect', () => listeners.onOpen());
  client.on('error', (error: Error) => listeners.onError(error));
  client.on('close', () => listeners.onClosed());
  const process = (chunk: Buffer): undefined => {
    listeners.onData(chunk);
    // Nothing is left over for fivebeans to keep.
    return undefined;
  };
  client.handlers.push([{ complete: false, process, reset: () => {} }, () => {}]);
  client.connect();
  client.stream.setNoDelay(true);
  client.stream.setKeepAlive(true, KEEP_ALIVE_MS);
  return client.stream;
}
