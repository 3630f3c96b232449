import { DiskGuard } from '../../lib/core/beanstalkd/disk-guard.js';
import type { NodeConnection, OnReply } from '../../lib/core/cluster/node-connection.js';
import { DistantConnection, DistantDialer } from '../../harness/distant-connection.js';
import type { ServedNode } from '../../lib/embedded/node/memory-connection.js';

type Parts = ConstructorParameters<typeof DistantConnection>;

/** A connection to a node whose disk may be full: it asks first, as one to beanstalkd does. */
export class CarefulConnection extends DistantConnection {
  readonly #disk: DiskGuard;

  constructor(node: ServedNode, link: Parts[1], settings: Parts[2], listeners: Parts[3]) {
    super(node, link, settings, {
      onAnswering: listeners.onAnswering,
      onClosed: (error) => {
        this.#disk.close();
        listeners.onClosed(error);
      },
    });
    this.#disk = new DiskGuard(
      this,
      {
        delete: (id, done) => super.delete(id, done),
        release: (id, priority, seconds, done) => super.release(id, priority, seconds, done),
        bury: (id, priority, done) => super.bury(id, priority, done),
      },
      node.clock,
    );
  }

  override get pending(): number {
    return super.pending + this.#disk.waiting;
  }

  override delete(id: number, done: OnReply): void {
    this.#disk.supersedes(id);
    super.delete(id, done);
  }

  override release(id: number, priority: number, delaySeconds: number, done: OnReply): void {
    this.#disk.release(id, priority, delaySeconds, done);
  }

  override bury(id: number, priority: number, done: OnReply): void {
    this.#disk.bury(id, priority, done);
  }

  override keeps(wanted: number, done: (acts: number) => void): void {
    this.#disk.keeps(wanted, done);
  }

  override kickJob(id: number, done: OnReply): void {
    this.#disk.kicks(id);
    super.kickJob(id, done);
  }
}

/** Opens such connections to one node. */
export class CarefulDialer extends DistantDialer {
  override dial(listeners: Parts[3]): NodeConnection {
    return new CarefulConnection(this.node, this.link(), this.settings, listeners);
  }
}
