import type { Clock } from '../clock.js';
import type { DqError } from '../errors/dq.error.js';
import { DqConnectionError } from '../errors/connection.errors.js';
import type { Report } from '../events.js';
import type { NodeConnection, NodeDialer } from './node-connection.js';
import { NodeHealth } from './node-health.js';
import { parseStats } from './stats.js';

/** A node that has not answered its oldest command for this long is not waited for, though still written to. */
const SUSPECT_AFTER_MS = 50;

/** One node of the cluster as this process sees it: its health, its writing connection, and new connections for lanes. */
export class Node {
  readonly endpoint: string;
  readonly health: NodeHealth;
  readonly #dialer: NodeDialer;
  readonly #open = new Set<NodeConnection>();
  #writer: NodeConnection | undefined;
  #serverId: string | undefined;
  #onServer = (): void => {};
  #closed = false;

  constructor(dialer: NodeDialer, clock: Clock, random: () => number, report: Report) {
    this.endpoint = dialer.endpoint;
    this.#dialer = dialer;
    this.health = new NodeHealth(dialer.endpoint, clock, random, report);
  }

  /** True when a write need not avoid this node. */
  get ready(): boolean {
    return this.health.rest === 0 && !this.suspect;
  }

  get suspect(): boolean {
    const writer = this.#writer;
    return writer !== undefined && writer.pending > 0 && writer.waiting > SUSPECT_AFTER_MS;
  }

  /** The connection for puts, peeks and deletes of producers: one for all tubes, opened when first needed. */
  writer(): NodeConnection {
    if (this.#writer === undefined || this.#writer.closed) this.#writer = this.#dialWriter();
    return this.#writer;
  }

  /**
   * The id that the server behind the open writer made up when it started; undefined while there is none, or it did not say. It is asked
   * before anything else on that connection, so it is known before the first answer to a put.
   */
  get serverId(): string | undefined {
    return this.#serverId;
  }

  /** `listener` is called whenever the server's id becomes known, or is no longer. */
  onServer(listener: () => void): void {
    this.#onServer = listener;
  }

  /** A connection of the caller's own. `onClosed` is called once, after its pending commands were answered. */
  dial(onClosed: (error: DqError) => void): NodeConnection {
    if (this.#closed) throw new DqConnectionError(`The connections to ${this.endpoint} are closed.`);
    const connection: NodeConnection = this.#dialer.dial({
      onAnswering: () => this.health.answered(),
      onClosed: (error) => {
        this.#open.delete(connection);
        if (!this.#destroying.delete(connection)) this.health.failed(error);
        onClosed(error);
      },
    });
    this.#open.add(connection);
    return connection;
  }

  #dialWriter(): NodeConnection {
    this.#learn(undefined);
    const writer = this.dial(() => {
      if (this.#writer === writer) this.#learn(undefined);
    });
    writer.stats((reply) => {
      if (reply.kind === 'OK') this.#learn(parseStats(reply.body).get('id') || undefined);
    });
    return writer;
  }

  #learn(serverId: string | undefined): void {
    if (serverId === this.#serverId) return;
    this.#serverId = serverId;
    this.#onServer();
  }

  readonly #destroying = new Set<NodeConnection>();

  /** Ends a connection on purpose: the node is not to blame. */
  end(connection: NodeConnection): void {
    if (connection.closed) return;
    this.#destroying.add(connection);
    connection.destroy();
  }

  close(): void {
    this.#closed = true;
    for (const connection of [...this.#open]) this.end(connection);
  }
}
