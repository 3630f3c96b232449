import type { Link } from '../../harness/distant-connection.js';
import type { MemoryConnection } from '../../lib/embedded/node/memory-connection.js';
import { Pipe } from '../network/pipe.js';
import type { Process } from '../network/process.js';
import type { Route } from '../network/route.js';
import type { VirtualTime } from '../time/virtual-time.js';

/** The road of one connection to a node. It may be cut, or fall silent with one of its hosts. */
export class NodeLink implements Link {
  readonly #process: Process;
  readonly #route: Route;
  readonly #isPowered: () => boolean;
  readonly #up: Pipe;
  readonly #down: Pipe;
  readonly #onCut = (): void => this.#drop();
  #connection: MemoryConnection | undefined;
  /** The node's host went down: what comes for it finds nobody, or a host that knows nothing of this connection. */
  #nodeGone = false;
  #processGone = false;

  constructor(time: VirtualTime, process: Process, route: Route, isPowered: () => boolean) {
    this.#process = process;
    this.#route = route;
    this.#isPowered = isPowered;
    this.#up = new Pipe(time, route, 'up');
    this.#down = new Pipe(time, route, 'down');
    route.onCut(this.#onCut);
  }

  carry(to: 'node' | 'client', arrive: () => void): void {
    if (to === 'client') {
      if (!this.#nodeGone) this.#toClient(arrive);
    } else if (!this.#processGone) {
      this.#up.send(() => {
        if (!this.#nodeGone && this.#isPowered()) arrive();
        else if (this.#isPowered()) this.#reset();
      });
    }
  }

  belongsTo(connection: MemoryConnection): void {
    this.#connection = connection;
  }

  /** The client closed; what it had sent may be lost, but not that it is gone. */
  closed(): void {
    this.#route.offCut(this.#onCut);
    if (!this.#route.getsThrough()) this.#up.dropAllButLast();
  }

  /** The process' host went down: the node hears nothing more, not even that. */
  loseProcess(): void {
    this.#processGone = true;
    this.#up.drop();
  }

  loseNode(): void {
    this.#nodeGone = true;
    this.#down.drop();
  }

  #toClient(arrive: () => void): void {
    this.#down.send(() => this.#process.act(arrive));
  }

  #drop(): void {
    this.#up.drop();
    this.#down.drop();
    this.#reset();
  }

  #reset(): void {
    this.#nodeGone = false;
    this.#connection?.dropped();
  }
}
