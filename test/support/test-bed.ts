import type { Redis } from 'ioredis';
import type { Handler } from '../../lib/core/consumer/run.js';
import type { DqOptions, DqRunOptions } from '../../lib/core/options/dq-options.js';
import type { DqProducer } from '../../lib/core/producer/producer.js';
import type { Beanstalkd } from '../../scripts/servers.mjs';
import { App } from './app.js';
import { askRedis } from './ask-redis.js';
import { deleteBlameless } from './blameless-copies.js';
import { type ClusterOptions, EVERY_WRITE_KEPT, startCluster, type TestCluster } from './cluster.js';
import { ConsumerProcess, type ConsumerSetup } from './consumer-process.js';
import { EmbeddedApp } from './embedded-app.js';
import { GoConsumer } from './go-consumer.js';
import { type Census, countResources, expectNoLeaks } from './leaks.js';
import { type CopyCount, RawClient } from './raw-client.js';
import { type SpecBed, specBed } from './spec-bed.js';
import { TcpProxy } from './tcp-proxy.js';
import { until } from './wait.js';

/** A claim as it stands in Redis. `ttl` is in milliseconds, -1 for none. */
export interface StoredClaim {
  readonly key: string;
  readonly value: string;
  readonly ttl: number;
}

/**
 * The servers of one spec and what its tests open on them; `testBed()` starts and ends it. After each test no copy, no claim
 * without an end, no socket and no timer may be left.
 */
export class TestBed implements SpecBed {
  readonly #options: ClusterOptions;
  readonly #apps: App[] = [];
  readonly #consumers: ConsumerProcess[] = [];
  readonly #proxies: TcpProxy[] = [];
  readonly #ends: (() => unknown)[] = [];
  #cluster: TestCluster | undefined;
  #census: Census = new Map();
  #tubes = 0;

  constructor(options: ClusterOptions = {}) {
    this.#options = options;
  }

  /** Throws outside of hooks and tests. */
  get cluster(): TestCluster {
    if (!this.#cluster) throw new Error('this bed has no servers before its start');
    return this.#cluster;
  }

  async start(): Promise<void> {
    this.#cluster = await startCluster({ redisArgs: EVERY_WRITE_KEPT, ...this.#options });
  }

  begin(): void {
    this.#census = countResources();
  }

  /** Closes what the test opened, puts the servers right, and fails when something is left. */
  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).toReversed()) await end();
    await this.heal();
    await Promise.all(this.#consumers.splice(0).map((consumer) => consumer.kill()));
    await Promise.all(this.#apps.splice(0).map((app) => app.close()));
    await Promise.all(this.#proxies.splice(0).map((proxy) => proxy.close()));
    try {
      await this.drained();
      const endless = (await this.claims()).filter(({ ttl }) => ttl < 0);
      if (endless.length > 0) throw new Error(`claims without an end: ${endless.map(({ key }) => key).join(', ')}`);
      await expectNoLeaks(this.#census);
    } finally {
      await this.wipe();
    }
  }

  async stop(): Promise<void> {
    await this.#cluster?.stop();
  }

  /** A tube that no other test has. */
  tube(): string {
    this.#tubes += 1;
    return `tube-${this.#tubes}`;
  }

  /** Done when the test is over, the last first. */
  later(end: () => unknown): void {
    this.#ends.push(end);
  }

  /** A runtime on these servers that the end of the test closes. */
  app(options: Partial<DqOptions> = {}): App {
    const app = new App({ ...this.servers, ...options });
    this.#apps.push(app);
    return app;
  }

  /** A tube, and an application of it alone that runs nothing yet. */
  idle(options: Partial<DqOptions> = {}): {
    readonly app: App;
    readonly producer: DqProducer;
    readonly tube: string;
  } {
    const tube = this.tube();
    const app = this.app({ tubes: [tube], ...options });
    return { app, producer: app.producer(tube), tube };
  }

  /** One that takes the jobs of this tube from now on. */
  handling(tube: string, handler?: Handler, own?: DqRunOptions): App {
    return this.app({ tubes: [tube] }).consume(tube, handler, own);
  }

  /** An application without servers that the end of the test closes. */
  embedded(...options: ConstructorParameters<typeof EmbeddedApp>): EmbeddedApp {
    const app = new EmbeddedApp(...options);
    this.later(() => app.close());
    return app;
  }

  /** A Go consumer of this tube that the end of the test stops. */
  async goConsumer(tube: string): Promise<GoConsumer> {
    const ports = this.cluster.nodes.map(({ port }) => port);
    const consumer = await GoConsumer.start(ports, tube, this.cluster.redisUrl);
    this.later(() => consumer.stop());
    return consumer;
  }

  /** A tube, and an application of it alone that takes its jobs from now on. */
  running(handler?: Handler, own?: DqRunOptions): ReturnType<TestBed['idle']> {
    const idle = this.idle();
    idle.app.consume(idle.tube, handler, own);
    return idle;
  }

  /** A consumer of these tubes in a process of its own that the end of the test kills. */
  async consumer(
    tubes: readonly string[],
    own: DqRunOptions = {},
    options: Partial<DqOptions> = {},
  ): Promise<ConsumerProcess> {
    return this.#start({ options: { ...this.servers, ...options }, tubes, own });
  }

  /** A producer in a process of its own that the end of the test kills. */
  async producing(tube: string, options: Partial<DqOptions> = {}): Promise<ConsumerProcess> {
    const own = { ...this.servers, consume: false, ...options };
    return this.#start({ options: own, tubes: [tube], own: undefined });
  }

  async #start(setup: ConsumerSetup): Promise<ConsumerProcess> {
    const started = await ConsumerProcess.start(setup);
    this.#consumers.push(started);
    return started;
  }

  /** A proxy in front of a server that the end of the test closes. */
  async proxy({ port }: { readonly port: number }): Promise<TcpProxy> {
    const proxy = await TcpProxy.listen(port);
    this.#proxies.push(proxy);
    return proxy;
  }

  get servers(): Pick<DqOptions, 'beanstalks' | 'redis'> {
    return { beanstalks: this.cluster.endpoints, redis: this.cluster.redisUrl };
  }

  /** Looks at a node from outside. */
  async raw<T>(node: number | Beanstalkd, use: (client: RawClient) => Promise<T>): Promise<T> {
    return RawClient.with((typeof node === 'number' ? this.cluster.node(node) : node).port, use);
  }

  /** Looks at Redis from outside. */
  async redis<T>(use: (redis: Redis) => Promise<T>): Promise<T> {
    return askRedis(this.cluster.redisUrl, use);
  }

  async claims(): Promise<StoredClaim[]> {
    return this.redis(async (redis) => {
      // The trial of a store that was away is no claim, and gone in a second. A history is none either.
      const keys = (await redis.keys('*')).filter((key) => !/#trial$|!log$/.test(key));
      return Promise.all(
        keys.map(async (key) => ({ key, value: (await redis.get(key)) ?? '', ttl: await redis.pttl(key) })),
      );
    });
  }

  /** The copies of one tube, or of all, on one node. */
  async copies(node: number | Beanstalkd, tube?: string): Promise<CopyCount> {
    return this.raw(node, (client) => client.copies(tube));
  }

  /**
   * The handle of the only job there is, which names a copy on each node. On a busy machine the last is acknowledged too late for that; then
   * the job is scheduled anew.
   */
  async naming(schedule: () => Promise<string>): Promise<string> {
    for (;;) {
      const handle = await schedule();
      if (this.cluster.endpoints.every((endpoint) => handle.includes(endpoint))) return handle;
      await until(async () => (await this.copiesOnEach()).every(({ ready, delayed }) => ready + delayed > 0));
      await this.wipe();
    }
  }

  /** Waits until each node has so many copies of that tube: a job is scheduled before the last of them is acknowledged. */
  async onEach(tube: string, count: number): Promise<void> {
    await until(async () =>
      (await this.copiesOnEach(tube)).every(({ ready, reserved, delayed }) => ready + reserved + delayed === count),
    );
  }

  /** Copies that wait on all nodes together. A job that was acknowledged has two at least, and a third unless its producer ended first. */
  async waiting(tube: string): Promise<number> {
    return (await this.copiesOnEach(tube)).reduce((sum, { ready, delayed }) => sum + ready + delayed, 0);
  }

  /** The copies of one tube, or of all, on each node, in the order of the nodes. */
  async copiesOnEach(tube?: string): Promise<CopyCount[]> {
    return Promise.all(this.cluster.nodes.map((node) => this.copies(node, tube)));
  }

  /** What has run once all copies are gone, in the order of the starts. */
  async ran(app: App): Promise<unknown[]> {
    await this.drained();
    return app.runs.all.map(({ data }) => data);
  }

  /** Waits until no node has a copy in any state. */
  async drained(): Promise<void> {
    let last = '';
    const lateAfter = performance.now() + 2_000;
    const empty = async (): Promise<boolean> => {
      if (performance.now() > lateAfter) await deleteBlameless(this.cluster.nodes, this.cluster.redisUrl);
      const counts = await this.copiesOnEach();
      last = JSON.stringify(counts);
      return counts.every((count) => Object.values(count).every((copies) => copies === 0));
    };
    await until(empty, { timeout: 15_000 }).catch((error: unknown) => {
      throw new Error(`copies are left on the nodes: ${last}`, { cause: error });
    });
  }

  /** Resumes and restarts whatever a test stopped. */
  async heal(): Promise<void> {
    await Promise.all(
      [...this.cluster.nodes, this.cluster.redis].map(async (server) => {
        if (server.running) server.resume();
        else await server.restart();
      }),
    );
  }

  /** Deletes all copies and claims, for tests that leave some on purpose. */
  async wipe(): Promise<void> {
    await Promise.all(this.cluster.nodes.map((node) => this.raw(node, wipeNode)));
    await this.redis((redis) => redis.flushall());
  }
}

/** The servers of the spec, or the `describe`, that calls this. */
export function testBed(options?: ClusterOptions): TestBed {
  return specBed(new TestBed(options));
}

async function wipeNode(client: RawClient): Promise<void> {
  for (const tube of await client.listTubes()) {
    for (const state of ['ready', 'delayed', 'buried'] as const) {
      let job = await client.peekNext(state, tube);
      while (job !== undefined) {
        await client.delete(job.id);
        job = await client.peekNext(state, tube);
      }
    }
  }
}
