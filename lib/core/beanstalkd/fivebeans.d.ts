declare module 'fivebeans/lib/client.js' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  /** The part of fivebeans' client used here: a socket's life, and the queue that its bytes are handed to. */
  interface ReplyHandler {
    readonly complete: boolean;
    process(buffer: Buffer): undefined;
    reset(): void;
  }

  export default class FivebeansClient extends EventEmitter {
    constructor(host: string, port: number);
    readonly stream: Socket;
    readonly handlers: [ReplyHandler, () => void][];
    connect(): void;
  }
}
