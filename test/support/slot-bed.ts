import { Cluster } from 'ioredis';
import { RedisCluster, type SlotMove } from './redis-cluster.js';
import { type SpecBed, specBed } from './spec-bed.js';

/** A Redis Cluster, a client of it, and a slot that a test moves. */
export class SlotBed implements SpecBed {
  masters!: RedisCluster;
  source!: Cluster;
  #move: SlotMove | undefined;

  async start(): Promise<void> {
    this.masters = await RedisCluster.start();
  }

  begin(): void {
    this.source = new Cluster([...this.masters.nodes], { lazyConnect: true });
  }

  /** What a test left halfway is moved on, and back. */
  async end(): Promise<void> {
    this.source.disconnect();
    await this.#move?.finish();
    await this.#move?.undo();
    this.#move = undefined;
    await this.masters.flush();
  }

  async stop(): Promise<void> {
    await this.masters.stop();
  }

  async beginMove(tube: string): Promise<SlotMove> {
    this.#move = await this.masters.beginMove(tube);
    return this.#move;
  }
}

export function slotBed(): SlotBed {
  return specBed(new SlotBed());
}
