import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import client from 'fivebeans/lib/client.js';

interface ReplyHandler {
  readonly complete: boolean;
  process(buffer: Buffer): undefined;
  reset(): void;
}

/** The part of fivebeans' client used here: a socket's life, and the queue that its bytes are handed to. */
export interface FivebeansClient extends EventEmitter {
  readonly stream: Socket;
  readonly handlers: [ReplyHandler, () => void][];
  connect(): void;
}

/** In what is published, fivebeans' own code stands in this file: scripts/fivebeans-client.mjs says why, and what is changed in it. */
export const FivebeansClient: new (host: string, port: number) => FivebeansClient = client as typeof FivebeansClient;
