import type { Clock } from '../base/clock.js';
import type { DqError } from '../errors/dq.error.js';
import { DqConnectionError } from '../errors/connection.errors.js';
import type { Report } from '../base/events.js';
import type { NodeConnection, NodeDialer } from './node-connection.js';
import { NodeHealth, type NodeUse } from './node-health.js';

/** A node that has not answered its oldest command for this long is not waited for, though still written to. */
const SUSPECT_AFTER_MS = 50;

/** One node of the cluster as this process sees it: its health, its writing connection, and new connections for lanes. */
export class Node {
  readonly endpoint: string;
  readonly health: NodeHealth;
  readonly #dialer: NodeDialer;
  /** What is open, and whether it has answered. */
  readonly #open = new Map<NodeConnection, { readonly use: NodeUse; answered: boolean }>();
  #writer: NodeConnection | undefined;
  #serverId: string | undefined;
  #onServer = (): void => {};
  #closed = false;

  constructor(dialer: NodeDialer, clock: Clock, random: () => number, report: Report) {
    this.endpoint = dialer.endpoint;
    this.#dialer = dialer;
    this.health = new NodeHealth(dialer.endpoint, clock, random, report);
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
  dial(onClosed: (error: DqError) => void, use: NodeUse = 'reserves'): NodeConnection {
    if (this.#closed) throw new DqConnectionError(`The connections to ${this.endpoint} are closed.`);
    const state = { use, answered: false };
    const connection: NodeConnection = this.#dialer.dial({
      onAnswering: () => {
        if (state.answered && !this.health.hung) return;
        state.answered = true;
        this.health.answered(use);
      },
      onClosed: (error) => {
        this.#open.delete(connection);
        if (!this.#destroying.delete(connection)) this.#failed(error, state);
        else if (!this.#isAnswered(use)) this.health.unused(use);
        onClosed(error);
      },
    });
    this.#open.set(connection, state);
    return connection;
  }

  #failed(error: DqError, { use, answered }: { readonly use: NodeUse; readonly answered: boolean }): void {
    this.health.failed(error, use, { answered, others: this.#isAnswered(use) });
    // Nothing is known of a writer at rest: it is asked, lest it stand for a node that is away.
    const writer = this.#writer;
    if (use !== 'writes' && this.health.up && writer?.closed === false && writer.pending === 0) writer.stats(() => {});
  }

  #isAnswered(use: NodeUse): boolean {
    return [...this.#open.values()].some((state) => state.use === use && state.answered);
  }

  #dialWriter(): NodeConnection {
    this.#learn(undefined);
    const writer = this.dial(() => {
      if (this.#writer === writer) this.#learn(undefined);
    }, 'writes');
    writer.stats((reply) => {
      if (reply.kind === 'NODE_STATS') this.#learn(reply.stats.id || undefined);
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
    for (const connection of [...this.#open.keys()]) this.end(connection);
    this.health.close();
  }
}
