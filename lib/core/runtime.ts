import { BeanstalkdDialer } from './beanstalkd/dialer.js';
import type { ClaimStore } from './claims/claim-store.js';
import { BootContext } from './base/boot-context.js';
import { type Clock, systemClock } from './base/clock.js';
import { Cluster } from './cluster/cluster.js';
import { Node } from './cluster/node.js';
import type { NodeDialer } from './cluster/node-connection.js';
import type { Handler } from './consumer/run.js';
import { TubeConsumer } from './consumer/tube-consumer.js';
import { DeadlineQueue } from './base/deadline-queue.js';
import { DqHandlerError, DqOptionsError } from './errors/argument.errors.js';
import type { Report } from './base/events.js';
import { DqHealth } from './health/health.js';
import { DqInspector } from './inspector/inspector.js';
import type { DqLayerHost } from './layers/layer.js';
import { JobContext } from './layers/job-context.js';
import { Layers, nameOf } from './layers/layers.js';
import { type Listener, Listeners } from './listeners.js';
import { declaredTube, declaredTwice, hasOptions, nameOf as nameOfTube, type Tube } from './options/declared-tube.js';
import type { DqRunOptions } from './options/dq-options.js';
import { resolveHandler, resolveTube } from './options/resolve-tube.js';
import type { ResolvedOptions, RunSettings, TubeSettings } from './options/resolved-options.js';
import { PlainCounter } from './producer/plain-draft.js';
import { DqProducer } from './producer/producer.js';
import { Room } from './producer/room.js';
import type { ProducerParts } from './producer/writes.js';
import { RedisClaimStore } from './redis/redis-claim-store.js';
import { RedisConnection } from './redis/redis-connection.js';
import { inspectRedis } from './redis/redis-inspection.js';
import { warnOfSetup } from './setup-warnings.js';
import { newJobId, type NewId } from './wire/job-id.js';

/** Once two nodes have a job, the third is waited for this long. */
const PATIENCE_MS = 50;

/** What stands for the servers: real ones, or stand-ins with the same two seams. */
export interface Backend {
  readonly dialers: readonly NodeDialer[];
  readonly store: ClaimStore;
  /** Called once when the application starts. */
  start(): void;
}

/** What the runtime is given besides the options. */
export interface RuntimeParts {
  readonly clock?: Clock;
  /** From 0 up to, not including, 1. */
  readonly random?: () => number;
  /** Must never make the same twice. */
  readonly newId?: NewId;
  /** The log: told of everything but what each job would tell. */
  readonly report?: Report;
  readonly backend?: (options: ResolvedOptions, clock: Clock, report: Report) => Backend;
}

/**
 * One application's queue, without Nest: its producers, its consumers, and the connections they share. Nothing is opened
 * before the first job is scheduled or `start` is called.
 */
export class DqRuntime {
  readonly options: ResolvedOptions;
  readonly inspector: DqInspector;
  readonly health: DqHealth;
  /** Where all work is done, whoever asks for it. */
  readonly context = new BootContext();
  readonly #listeners: Listeners;
  readonly #layers = new Layers();
  readonly #tubes: Map<string, TubeSettings>;
  readonly #backend: Backend;
  /** What schedules write occurrences with. */
  readonly parts: ProducerParts;
  readonly random: () => number;
  readonly #producers = new Map<string, DqProducer>();
  readonly consumers = new Map<string, TubeConsumer>();
  #started = false;
  #stopping: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ResolvedOptions, parts: RuntimeParts = {}) {
    const { clock = systemClock, random = Math.random, newId = newJobId, backend = serverBackend } = parts;
    const listeners = new Listeners(parts.report);
    const { report, wanted } = listeners;
    const { onEvent } = options;
    if (options.context) this.#layers.add(new JobContext(), -Infinity);
    if (onEvent !== undefined) listeners.add({ name: 'onEvent', types: 'logged', tell: onEvent });
    this.options = options;
    this.#listeners = listeners;
    this.#tubes = new Map(options.tubes);
    this.random = random;
    this.#backend = backend(options, clock, report);
    const nodes = this.#backend.dialers.map((dialer) => new Node(dialer, clock, random, report));
    const cluster = new Cluster(nodes, random, report);
    // An embedded node is the application itself, which is not lost.
    if (options.embedded === undefined) cluster.watch(clock);
    this.parts = {
      options,
      tubes: this.#tubes,
      cluster,
      store: this.#backend.store,
      patience: new DeadlineQueue(PATIENCE_MS, clock),
      room: new Room(options.commandDeadlineMs, clock),
      clock,
      report,
      wanted,
      layers: this.#layers,
      context: this.context,
      newId,
      plainCounter: new PlainCounter(random),
    };
    this.inspector = new DqInspector(this.parts, this.consumers);
    this.health = new DqHealth(this.parts, this.consumers);
  }

  /**
   * Declares one more tube, before `start`. A name alone may be declared again; options may be given once.
   * @throws DqOptionsError, DqTubeNameError
   */
  declare(tube: Tube): void {
    const name = nameOfTube(tube);
    if (!this.#tubes.has(name)) this.#tubes.set(name, resolveTube(tube, this.options.defaults));
    else if (hasOptions(tube)) throw declaredTwice(name);
  }

  /** The producer of a declared tube, by default the default tube. */
  producer<T>(tube: string = this.options.defaultTube): DqProducer<T> {
    let producer = this.#producers.get(tube);
    if (producer === undefined) {
      const settings = this.requireTube(tube, 'a producer');
      producer = new DqProducer(settings, this.parts);
      this.#producers.set(tube, producer);
    }
    return producer;
  }

  /**
   * Puts a layer around all attempts and all scheduling: the lower its `order`, the farther outside. Before the first handler and the start.
   * @throws DqOptionsError
   */
  use(layer: DqLayerHost, order = 0): void {
    if (this.#started || this.consumers.size > 0) {
      throw new DqOptionsError(
        `Expected layers before the start, got the layer ${nameOf(layer)} after it: what runs already would not be in it. ` +
          'Provide it in a module that is there at boot.',
      );
    }
    this.#layers.add(layer, order);
    if (layer.background !== undefined) this.context.renew((here) => layer.background?.(here));
    if (layer.event !== undefined)
      this.listen({ name: `the layer ${nameOf(layer)}`, tell: (event) => layer.event?.(event) });
  }

  /** Tells a listener of events from now on. Returns what ends that. */
  listen(listener: Listener): () => void {
    return this.#listeners.add(listener);
  }

  /**
   * Registers the handler of a tube; `where` names it in errors and events. After `start` it takes jobs at once. Returns how it will be run.
   */
  handle(tube: string, handler: Handler, own: DqRunOptions = {}, where = `the handler of tube "${tube}"`): RunSettings {
    const declared = this.requireTube(tube, where);
    if (this.consumers.has(tube))
      throw new DqHandlerError(`Expected one handler per tube, got ${where} beside another one.`);
    const settings = resolveHandler(declared, own, where);
    const { cluster, store, clock, report, wanted, newId } = this.parts;
    const consumer = new TubeConsumer(
      settings,
      { name: where, run: this.#layers.around(handler) },
      { cluster, store, clock, random: this.random, report, wanted, newId },
    );
    this.consumers.set(tube, consumer);
    if (this.#started) this.context.enter(() => consumer.start());
    return settings;
  }

  /** Begins to take jobs. Does not wait for the servers: those that are away are asked again until they answer. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.context.enter(() => {
      this.#backend.start();
      this.#warnOfSetup();
      for (const consumer of this.consumers.values()) consumer.start();
    });
  }

  /** Stops taking jobs; see `TubeConsumer.stop`. Producers go on. */
  stop(): Promise<void> {
    this.#stopping ??= this.context.enter(() => this.#stop());
    return this.#stopping;
  }

  /** Stops, lets producers finish what is under way, and closes every connection. */
  close(): Promise<void> {
    this.#closing ??= this.context.enter(() => this.#close());
    return this.#closing;
  }

  /** The settings of a declared tube, or DqHandlerError; `where` says who names it. */
  requireTube(tube: string, where: string): TubeSettings {
    return declaredTube(this.#tubes, tube, where);
  }

  /** Nobody else reads the tubes of an embedded queue, and its node is no server to be set up. */
  #warnOfSetup(): void {
    const { options, inspector } = this;
    if (options.embedded !== undefined) return;
    warnOfSetup(this.#tubes.keys(), inspector, options.commandDeadlineMs, this.parts.report).catch(() => {
      // Closed at once: there is nothing to look at any more.
    });
  }

  async #stop(): Promise<void> {
    const { shutdownDeadlineMs } = this.options;
    await Promise.all([...this.consumers.values()].map((consumer) => consumer.stop(shutdownDeadlineMs)));
  }

  async #close(): Promise<void> {
    await this.stop();
    await Promise.all([...this.#producers.values()].map((producer) => producer.close()));
    this.health.close();
    this.parts.patience.close();
    this.parts.cluster.close();
    await this.parts.store.close();
  }
}

function serverBackend(options: ResolvedOptions, clock: Clock, report: Report): Backend {
  if (options.redis === undefined) throw new DqOptionsError('Expected a backend with embedded, got none.');
  const settings = { commandDeadline: options.commandDeadlineMs, maxBodyBytes: options.maxBodyBytes };
  const connection = new RedisConnection(options.redis, options.commandDeadlineMs, clock, report);
  return {
    dialers: options.endpoints.map((endpoint) => new BeanstalkdDialer(endpoint, settings, clock)),
    store: new RedisClaimStore(connection, options.retentionMs, clock, options.doneRetentionMs),
    start: () => void inspectRedis(connection, clock),
  };
}
