import { replace } from '../../harness/replace.js';
import type { Clock } from '../../lib/core/base/clock.js';
import type { NodeDialer } from '../../lib/core/cluster/node-connection.js';
import type { KeptJob } from '../../lib/embedded/node/kept-job.js';
import { LoggedNode } from '../../harness/logged-node.js';
import type { Process } from '../network/process.js';
import type { Route } from '../network/route.js';
import type { HostClock } from '../time/host-clock.js';
import type { VirtualTime } from '../time/virtual-time.js';
import { CarefulConnection } from '../../test/support/careful-connection.js';
import { NodeLink } from './node-link.js';

/** More than a plan ever lets a disk lose. */
const UNDOABLE_WRITES = 16;

export interface DiskCopy {
  readonly jobs: readonly KeptJob[];
  readonly nextId: number;
}

/** A node in memory on a host of its own, reached over the simulated network. */
export class SimulatedNode {
  readonly host: HostClock;
  readonly memory: LoggedNode;
  readonly #time: VirtualTime;
  readonly #links = new Set<NodeLink>();
  #powered = true;

  constructor(endpoint: string, time: VirtualTime, host: HostClock, seed: number) {
    this.#time = time;
    this.host = host;
    const clock: Clock = {
      now: () => host.now(),
      monotonic: () => time.now,
      after: (ms, run) => {
        const happening = time.after(ms, run);
        return { cancel: () => (happening.run = undefined) };
      },
      defer: (run) => void time.soon(run),
    };
    this.memory = new LoggedNode({ endpoint, clock, seed: String(seed) }, UNDOABLE_WRITES);
  }

  get endpoint(): string {
    return this.memory.endpoint;
  }

  /** Opens connections from one process. */
  dialer(process: Process, route: Route, commandDeadline: number): NodeDialer {
    // Deadlines are the client's, and so is the clock on which they are read.
    const node = replace(this.memory, { clock: process });
    return {
      endpoint: this.endpoint,
      dial: ({ onAnswering, onClosed }) => {
        const link = new NodeLink(this.#time, process, route, () => this.#powered);
        this.#links.add(link);
        const connection = new CarefulConnection(
          node,
          link,
          { commandDeadline },
          {
            onAnswering,
            onClosed: (error) => {
              link.closed();
              this.#links.delete(link);
              process.left(connection);
              onClosed(error);
            },
          },
        );
        link.belongsTo(connection);
        process.opened(connection, link);
        return connection;
      },
    };
  }

  /** With its host, nobody is told. */
  kill(withHost: boolean): void {
    if (withHost) {
      this.#powered = false;
      for (const link of this.#links) link.loseNode();
      this.#links.clear();
    }
    this.memory.kill();
  }

  /** A copy of its disk. */
  copyDisk(): DiskCopy {
    return { jobs: this.memory.kept, nextId: this.memory.table.nextId };
  }

  /** It is started with a disk that was copied earlier. */
  restore({ jobs, nextId }: DiskCopy): void {
    this.#powered = true;
    this.memory.restart(jobs, nextId);
  }

  restart(lostWrites: number, reuseNumbers: boolean): void {
    this.#powered = true;
    this.memory.comeBack({ keep: lostWrites === 0 ? 'all' : lostWrites, ids: reuseNumbers ? 'from-one' : 'continue' });
  }
}
