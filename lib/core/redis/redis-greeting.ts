import { connect, type NetConnectOpts, type Socket } from 'node:net';
import type { Cluster, Redis } from 'ioredis';
import type { Clock } from '../base/clock.js';
import { hasSentinels } from './redis-source.js';

const LISTEN_MS = 500;
const LONGEST = 512;
const ERROR = /^-(.+?)\r?\n/;

/**
 * What a Redis says to whoever connects, before it hangs up: that it has enough connections, or is in protected mode. A client that
 * has begun to write by then meets a broken pipe, and does not get to read it. So this one only listens.
 */
export class RedisGreeting {
  readonly #socket: Socket | undefined;

  /** `heard` is called once, when it is an error. */
  constructor(client: Redis | Cluster, clock: Clock, heard: (text: string) => void) {
    const { host, port, path, tls } = (client as Redis).options;
    if (client.isCluster || tls || hasSentinels(client)) return;
    const place = (path === undefined || path === null ? { host, port } : { path }) as NetConnectOpts;
    const socket = connect(place);
    this.#socket = socket;
    let text = '';
    const timer = clock.after(LISTEN_MS, () => socket.destroy());
    socket.on('error', () => {
      // Not even that: what is known of the loss is all there is.
    });
    socket.on('close', () => timer.cancel());
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      const error = ERROR.exec(text)?.[1];
      if (error === undefined && text.length < LONGEST) return;
      socket.destroy();
      if (error !== undefined) heard(error);
    });
  }

  close(): void {
    this.#socket?.destroy();
  }
}
