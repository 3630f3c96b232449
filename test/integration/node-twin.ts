// A real node and one in memory that are told the same, and must answer the same.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { systemClock } from '../../lib/core/base/clock.js';
import type { NodeConnection, NodeDialer, Reply } from '../../lib/core/cluster/node-connection.js';
import { BeanstalkdDialer } from '../../lib/core/beanstalkd/dialer.js';
import { parseEndpoint } from '../../lib/core/wire/endpoint.js';
import { DistantDialer } from '../../harness/distant-connection.js';
import { LoggedNode } from '../../harness/logged-node.js';
import type { Command } from '../contract/node-lab.js';

const NO_JOB = 4_000_000_000;
/** When one has answered, the other has so long to do the same. */
const LONGEST_WAIT_MS = 2_000;

function shown(reply: Reply): string {
  switch (reply.kind) {
    case 'RESERVED':
    case 'FOUND':
      return `${reply.kind} ${reply.id} ${reply.body.length} ${reply.body.toString('latin1').slice(0, 40)}`;
    case 'INSERTED':
    case 'BURIED':
      return `${reply.kind} ${reply.id}`;
    case 'NODE_STATS': {
      const { draining, puts, connections } = reply.stats;
      return `${reply.kind} ${draining} ${puts} ${connections}`;
    }
    case 'TUBE_STATS':
    case 'JOB_STATS':
      return `${reply.kind} ${Object.entries(reply.stats).join(' ')}`;
    default:
      return reply.kind;
  }
}

function connectionsOf(connection: NodeConnection): Promise<string> {
  return new Promise((resolve) =>
    connection.stats((reply) => {
      resolve(reply.kind === 'NODE_STATS' ? String(reply.stats.connections) : reply.kind);
    }),
  );
}

interface Asked {
  readonly what: string;
  real?: string;
  memory?: string;
}

/** One connection to each. */
export class Twin {
  readonly real: NodeConnection;
  readonly memory: NodeConnection;
  /** Without an answer, behind a reserve that waits. */
  open: Asked[] = [];

  constructor(real: NodeDialer, memory: NodeDialer) {
    const listeners = { onAnswering: () => undefined, onClosed: () => undefined };
    this.real = real.dial(listeners);
    this.memory = memory.dial(listeners);
  }

  tell(what: string, command: Command): Asked {
    const asked: Asked = { what };
    this.open.push(asked);
    command(this.real, (reply) => (asked.real = shown(reply)));
    command(this.memory, (reply) => (asked.memory = shown(reply)));
    return asked;
  }

  destroy(): void {
    this.real.destroy();
    this.memory.destroy();
  }
}

/** Both nodes. Numbers stay the same on both, since both are told of every job in the same order. */
export class Twins {
  readonly memory: LoggedNode;
  readonly #dialers: readonly [NodeDialer, NodeDialer];
  #observer: Twin;
  /** All that was told and answered, for a message that explains itself. */
  story: string[] = [];

  constructor(endpoint: string) {
    this.memory = new LoggedNode({ endpoint: 'memory:1', clock: systemClock });
    const settings = { commandDeadline: 20_000, maxBodyBytes: 65_535, trustsDisk: true };
    this.#dialers = [
      new BeanstalkdDialer(parseEndpoint(endpoint), settings, systemClock),
      new DistantDialer(this.memory, settings),
    ];
    this.#observer = this.dial();
  }

  /** After both nodes were started anew. */
  lookAgain(): void {
    this.#observer = this.dial();
  }

  dial(): Twin {
    return new Twin(...this.#dialers);
  }

  /** A connection to the node in memory alone. */
  dialMemory(): NodeConnection {
    return this.#dialers[1].dial({ onAnswering: () => undefined, onClosed: () => undefined });
  }

  /** The answer of both; throws when they differ, or when one has none. */
  async ask(twin: Twin, what: string, command: Command): Promise<string> {
    const asked = twin.tell(what, command);
    await this.settle([twin]);
    return asked.memory ?? '';
  }

  /** Sees to it that both nodes have obeyed all they were told so far, and answered alike. */
  async settle(twins: readonly Twin[]): Promise<void> {
    for (let heard = true; heard;) {
      heard = false;
      for (const twin of twins) {
        const before = twin.open.length;
        await this.#hear(twin);
        heard ||= twin.open.length < before;
      }
      if (twins.every((twin) => twin.open.length === 0)) return;
      // Whoever was let go on may have come to a reserve that waits again.
      await this.pause();
      heard ||= twins.some(({ open: [first] }) => first?.memory !== undefined || first?.real !== undefined);
    }
  }

  async #hear(twin: Twin): Promise<void> {
    for (let asked = twin.open[0]; asked !== undefined; asked = twin.open[0]) {
      const { what } = asked;
      if (asked.real === undefined && asked.memory === undefined && what.includes('waits')) return;
      const deadline = performance.now() + LONGEST_WAIT_MS;
      while ((asked.real === undefined || asked.memory === undefined) && performance.now() < deadline) await nextTurn();
      this.story.push(`${what}: ${asked.real}`);
      if (asked.real !== asked.memory) {
        throw new Error(
          `The node in memory answers otherwise:\n${this.story.join('\n')}\n  in memory: ${asked.memory}`,
        );
      }
      twin.open.shift();
    }
  }

  /** A round trip on a connection of its own: what was sent before it was obeyed before it. */
  async pause(): Promise<void> {
    const { real, memory } = this.#observer;
    for (let trip = 0; trip < 2; trip++) {
      await Promise.all([real, memory].map((connection) => new Promise((resolve) => connection.peek(NO_JOB, resolve))));
    }
  }

  /** Waits until beanstalkd has seen the end of the connections that were closed. */
  async seen(): Promise<void> {
    const deadline = performance.now() + LONGEST_WAIT_MS;
    for (let counts: string[] = []; counts.length === 0 || counts[0] !== counts[1];) {
      if (performance.now() > deadline)
        throw new Error(`beanstalkd has ${counts[0]} connections, expected ${counts[1]}`);
      counts = await Promise.all([this.#observer.real, this.#observer.memory].map(connectionsOf));
    }
  }

  close(): void {
    this.#observer.destroy();
    this.memory.kill();
  }
}
