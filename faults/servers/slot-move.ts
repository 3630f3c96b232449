import { Redis } from 'ioredis';
import type { RedisCluster } from '../../test/support/redis-cluster.js';

const KEYS_AT_ONCE = 10;
const MIGRATE_WITHIN_MS = 5_000;

/** The slot of a tube's claims moves from its master to another one, some keys at a time, while clients go on. */
export class SlotMove {
  readonly #masters: readonly Redis[];
  readonly #slot: number;
  readonly #from: number;
  readonly #to: number;

  private constructor(masters: readonly Redis[], slot: number, from: number, to: number) {
    this.#masters = masters;
    this.#slot = slot;
    this.#from = from;
    this.#to = to;
  }

  /** The slot is half here and half there from now on. */
  static async begin(cluster: RedisCluster, tube: string): Promise<SlotMove> {
    const masters = cluster.nodes.map(({ host, port }) => {
      const master = new Redis({ host, port, retryStrategy: () => null });
      master.on('error', () => undefined);
      return master;
    });
    const from = await cluster.masterOf(tube);
    const to = (from + 1) % masters.length;
    const slot = await redisAt(masters, from).cluster('KEYSLOT', `dq:{${tube}}:x`);
    const move = new SlotMove(masters, slot, from, to);
    const [source, target] = await Promise.all([move.#idOf(from), move.#idOf(to)]);
    await redisAt(masters, to).cluster('SETSLOT', slot, 'IMPORTING', source);
    await redisAt(masters, from).cluster('SETSLOT', slot, 'MIGRATING', target);
    return move;
  }

  /** Relocator some keys. @returns how many */
  async some(): Promise<number> {
    const source = redisAt(this.#masters, this.#from);
    const keys = await source.cluster('GETKEYSINSLOT', this.#slot, KEYS_AT_ONCE);
    if (keys.length === 0) return 0;
    const { host, port } = redisAt(this.#masters, this.#to).options;
    await source.call('MIGRATE', String(host), String(port), '', '0', String(MIGRATE_WITHIN_MS), 'KEYS', ...keys);
    return keys.length;
  }

  /** Relocator what is left; the slot is the other master's then. */
  async end(): Promise<void> {
    while ((await this.some()) > 0);
    const target = await this.#idOf(this.#to);
    for (const at of [this.#to, this.#from]) {
      await redisAt(this.#masters, at).cluster('SETSLOT', this.#slot, 'NODE', target);
    }
  }

  close(): void {
    for (const master of this.#masters) master.disconnect();
  }

  async #idOf(at: number): Promise<string> {
    return (await redisAt(this.#masters, at).call('CLUSTER', 'MYID')) as string;
  }
}

function redisAt(masters: readonly Redis[], at: number): Redis {
  const master = masters[at];
  if (master === undefined) throw new Error(`there is no master ${at}`);
  return master;
}
