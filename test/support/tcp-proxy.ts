import { createServer, connect, type Server, type Socket } from 'node:net';
import { freePort } from '../../scripts/free-port.mjs';
import { ProxyFlow, type Pace } from './proxy-flow.js';
import { seededRandom } from './seeded-random.js';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  readonly toServer: ProxyFlow;
  readonly toClient: ProxyFlow;
}

/** A bad network in front of one port of 127.0.0.1, in user space: no root is needed, and any test may change it at any time. */
export class TcpProxy {
  #targetPort: number;
  readonly #random: () => number;
  readonly #links = new Set<Link>();
  #listener: Server | undefined;
  #port: number | undefined;
  #toServer: Pace = { kind: 'pass' };
  #toClient: Pace = { kind: 'pass' };

  /** @param seed of the jitter */
  constructor(targetPort: number, seed = 1) {
    this.#targetPort = targetPort;
    this.#random = seededRandom(seed);
  }

  static async listen(targetPort: number, seed?: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort, seed);
    await proxy.listen();
    return proxy;
  }

  get port(): number {
    if (this.#port === undefined) throw new Error('the proxy has no port before listen()');
    return this.#port;
  }

  get endpoint(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** How many clients hold a connection, half-open ones included. */
  get connections(): number {
    return [...this.#links].filter(({ client }) => !client.destroyed).length;
  }

  /** Listens on a free port, and after `refuse()` on the same one again. */
  async listen(): Promise<void> {
    if (this.#listener) return;
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#link(client));
    this.#listener = listener;
    const port = this.#port ?? (await freePort());
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(port, '127.0.0.1', resolve);
    });
    this.#port = port;
  }

  /** Later connections lead to another server, as when an address moves to a replica. */
  retarget(port: number): void {
    this.#targetPort = port;
  }

  /** The pace of both directions, or of each; for connections that stand and for later ones. */
  set(toServer: Pace, toClient: Pace = toServer): void {
    this.#toServer = toServer;
    this.#toClient = toClient;
    for (const link of this.#links) {
      link.toServer.pace = toServer;
      link.toClient.pace = toClient;
    }
  }

  pass(): void {
    this.set({ kind: 'pass' });
  }

  /** Connections are accepted and swallow what they are sent: `both` ways, or only one. */
  blackHole(direction: 'both' | 'toServer' | 'toClient' = 'both'): void {
    const hole: Pace = { kind: 'swallow' };
    this.set(direction === 'toClient' ? { kind: 'pass' } : hole, direction === 'toServer' ? { kind: 'pass' } : hole);
  }

  /** No byte gets through, nobody is told; `pass()` heals it, and what waited arrives. */
  partition(direction: 'both' | 'toServer' | 'toClient' = 'both'): void {
    const hold: Pace = { kind: 'hold' };
    this.set(direction === 'toClient' ? { kind: 'pass' } : hold, direction === 'toServer' ? { kind: 'pass' } : hold);
  }

  delay(ms: number, jitterMs = 0): void {
    this.set({ kind: 'delay', ms, jitterMs });
  }

  /** One byte every so many milliseconds, each way. */
  drip(everyMs: number): void {
    this.set({ kind: 'drip', everyMs });
  }

  /** New connections are refused; standing ones go on. `listen()` accepts again. */
  async refuse(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    if (!listener) return;
    // close() calls back only after the last connection has gone, yet refuses new ones at once.
    listener.close();
  }

  /** Resets every connection, on both sides. */
  cut(): void {
    for (const { client, server } of this.#links) {
      client.resetAndDestroy();
      server.destroy();
    }
  }

  /** The server's side goes away and the client does not hear of it, as when a machine loses its power. */
  halfOpen(): void {
    for (const { server, toServer, toClient } of this.#links) {
      toServer.sever();
      toClient.sever();
      server.destroy();
    }
  }

  async close(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    const closed = new Promise<void>((resolve) => (listener ? listener.close(() => resolve()) : resolve()));
    this.cut();
    await closed;
  }

  #link(client: Socket): void {
    const server = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const toServer = new ProxyFlow(client, server, this.#toServer, this.#random);
    const toClient = new ProxyFlow(server, client, this.#toClient, this.#random);
    const link = { client, server, toServer, toClient };
    this.#links.add(link);
    const forget = () => {
      if (client.destroyed && server.destroyed) this.#links.delete(link);
    };
    client.on('error', () => undefined);
    client.on('close', () => {
      toClient.stop();
      toServer.finish();
      forget();
    });
    // Refused or reset: the client hears of it when the network would carry it. `halfOpen()` raises no error, so it does not.
    server.on('error', () => toClient.finish());
    server.on('close', () => {
      toServer.stop();
      forget();
    });
  }
}
