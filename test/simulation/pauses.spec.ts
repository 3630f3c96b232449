// Paused tubes in the claim store of the simulation, a table behind a network on a virtual clock: the contract, as the others play it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisConnection } from '../../lib/core/redis/redis-connection.js';
import { NO_TAKEOVER_MS } from '../../lib/core/claims/store-clock.js';
import { History } from '../../harness/history/history.js';
import { Port } from '../../simulation/network/port.js';
import { Process } from '../../simulation/network/process.js';
import { Route } from '../../simulation/network/route.js';
import { RedisServer } from '../../simulation/redis/redis-server.js';
import { SimulatedClaimStore } from '../../simulation/redis/simulated-claim-store.js';
import { simulatedRedis } from '../../simulation/redis/simulated-redis.js';
import { watchedTable } from '../../simulation/redis/watched-table.js';
import { Chance } from '../../simulation/time/chance.js';
import { HostClock } from '../../simulation/time/host-clock.js';
import { EPOCH_MS, VirtualTime } from '../../simulation/time/virtual-time.js';
import { A, claim, ClaimLab, type ClaimStoreFixture, newKey, RETENTION_MS, TUBE } from '../contract/claim-lab.js';
import { pauseRules } from '../contract/pauses.contract.js';
import { tableTools } from '../support/claim-tables.js';

const ASK_MS = 1_000;

/** Time goes on while somebody waits for an answer. */
class Driver {
  readonly time = new VirtualTime();
  #waiting = 0;
  #goes = false;

  /** The same, and calls of it and of what it has are answered. */
  driven<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (object, name) => {
        const value: unknown = Reflect.get(object, name);
        if (typeof value === 'object' && value !== null) return this.driven(value);
        if (typeof value !== 'function') return value;
        return (...given: readonly unknown[]): unknown => {
          const answer = Reflect.apply(value, object, given) as unknown;
          return answer instanceof Promise ? this.answered(answer) : answer;
        };
      },
    });
  }

  async answered<T>(answer: Promise<T>): Promise<T> {
    this.#waiting++;
    if (!this.#goes) void this.#go();
    try {
      return await answer;
    } finally {
      this.#waiting--;
    }
  }

  async #go(): Promise<void> {
    this.#goes = true;
    while (this.#waiting > 0) await this.time.reach(this.time.now + 1);
    this.#goes = false;
  }
}

interface SimulatedFixture extends ClaimStoreFixture {
  readonly server: RedisServer;
}

async function openFixture(): Promise<SimulatedFixture> {
  const driver = new Driver();
  const { time } = driver;
  // The contract's jobs were due a minute before the time of day.
  await time.reach(Date.now() - EPOCH_MS);
  const [host, port, chance] = [new HostClock(time), new Port('redis'), new Chance(1)];
  const server = new RedisServer(time, host, port, RETENTION_MS);
  const { table } = server;
  const record = new History(host);
  const stores = ['one', 'two'].map((name, seat) => {
    const route = new Route(chance.of(`route of ${name}`));
    const process = new Process(name, time, new HostClock(time), chance.of(name), () => route);
    const redis = simulatedRedis({ seat, process, server, port });
    const connection = new RedisConnection(redis, 3_000, process, () => undefined);
    const watched = watchedTable(table, host, record, name);
    const store = new SimulatedClaimStore(connection, server, watched, process, RETENTION_MS);
    store.start();
    const ask = (): void => {
      store.ping(TUBE).catch(() => undefined);
      process.after(ASK_MS, ask);
    };
    ask();
    return driver.driven(store);
  });
  const [store, other] = stores as [SimulatedClaimStore, SimulatedClaimStore];
  // Longer than a connection must have stood before it takes leases over.
  await time.reach(time.now + NO_TAKEOVER_MS + 2 * ASK_MS);
  return {
    server,
    store,
    other,
    now: () => host.now(),
    pass: (ms) => time.reach(time.now + ms),
    ...tableTools(table, () => host.now()),
    close: async () => {
      await Promise.all([store.close(), other.close()]);
    },
  };
}

describe('claim store of the simulation', () => {
  const lab = new ClaimLab();
  beforeAll(() => lab.open(openFixture));
  afterAll(() => lab.close());
  pauseRules(lab);
});

describe('a paused tube of the simulation', () => {
  it('is paused no more when its Redis has lost its memory, and again when an older state is back', async () => {
    const fixture = await openFixture();
    const { server, store } = fixture;
    const known = await store.pauses.pause(TUBE, { forMs: undefined, reason: '' });
    const saved = server.save();
    server.flush();
    expect(await store.pauses.look(TUBE)).toBeUndefined();
    server.start(saved);
    expect(await store.pauses.look(TUBE)).toEqual(known);
    expect(await claim(store, A, newKey())).toEqual({ kind: 'paused' });
    await fixture.close();
  });
});
