// What the suites of node.contract.ts work with.
import { expect } from '@jest/globals';
import type {
  NodeConnection,
  NodeDialer,
  OnReply,
  PutCommand,
  Reply,
  ReplyKind,
} from '../../lib/core/cluster/node-connection.js';
import type { DqError } from '../../lib/core/errors/dq.error.js';

/** A node under test. */
export interface NodeFixture {
  readonly dialer: NodeDialer;
  /** Returns when so much time has passed for the node. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

export type ReplyOf<Kind extends ReplyKind> = Reply extends infer One
  ? One extends { readonly kind: infer Kinds }
    ? Kind extends Kinds
      ? One
      : never
    : never
  : never;
export type Command = (connection: NodeConnection, done: OnReply) => void;

/** A connection whose commands are promises. */
export class Client {
  readonly connection: NodeConnection;
  answers = 0;
  closedWith: DqError[] = [];

  constructor(dialer: NodeDialer) {
    this.connection = dialer.dial({
      onAnswering: () => {
        this.answers += 1;
      },
      onClosed: (error) => this.closedWith.push(error),
    });
  }

  ask(command: Command): Promise<Reply> {
    return new Promise((resolve) => command(this.connection, resolve));
  }

  async expect<Kind extends ReplyKind>(kind: Kind, command: Command): Promise<ReplyOf<Kind>> {
    const reply = await this.ask(command);
    expect(reply.kind).toBe(kind);
    return reply as ReplyOf<Kind>;
  }

  async put(tube: string, body: string | Buffer, more: Partial<PutCommand> = {}): Promise<number> {
    const byteLength = Buffer.byteLength(body);
    const command = { tube, priority: 10, delaySeconds: 0, ttrSeconds: 60, body, byteLength, ...more };
    return (await this.expect('INSERTED', (node, done) => node.put(command, done))).id;
  }

  async watch(tube: string): Promise<void> {
    await this.expect('WATCHING', (node, done) => node.watchOnly(tube, done));
  }

  /** The body that it got, or the word for none. */
  async reserve(seconds = 0): Promise<string> {
    const reply = await this.ask((node, done) => node.reserve(seconds, done));
    return reply.kind === 'RESERVED' ? reply.body.toString() : reply.kind;
  }

  async reserveNumber(seconds = 0): Promise<number> {
    return (await this.expect('RESERVED', (node, done) => node.reserve(seconds, done))).id;
  }
}

let tubes = 0;
export const newTube = (): string => `contract-${++tubes}`;

/** The open fixture and the connections of one test. */
export class NodeLab {
  readonly #clients: Client[] = [];
  #fixture: NodeFixture | undefined;

  async open(open: () => Promise<NodeFixture>): Promise<void> {
    this.#fixture = await open();
  }

  async close(): Promise<void> {
    await this.#fixture?.close();
  }

  get fixture(): NodeFixture {
    if (this.#fixture === undefined) throw new Error('the node is there in tests and hooks only');
    return this.#fixture;
  }

  /** A new connection, which watches that tube. */
  async dial(tube?: string): Promise<Client> {
    const client = new Client(this.fixture.dialer);
    this.#clients.push(client);
    if (tube !== undefined) await client.watch(tube);
    return client;
  }

  /** The same, of a new tube. */
  async watching(): Promise<{ readonly tube: string; readonly client: Client }> {
    const tube = newTube();
    return { tube, client: await this.dial(tube) };
  }

  hangUp(): void {
    for (const { connection } of this.#clients.splice(0)) connection.destroy();
  }
}
