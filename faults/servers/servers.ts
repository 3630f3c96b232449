import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Beanstalkd, RedisServer } from '../../scripts/servers.mjs';
import { compileShim, ShimControl } from '../shim/shim.js';
import { askRedis } from '../../test/support/ask-redis.js';
import { RedisCluster } from '../../test/support/redis-cluster.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';

export interface ServersOptions {
  /** Default 3. */
  readonly nodes?: number;
  /** Whether nodes keep their jobs over a restart. Default true. */
  readonly binlog?: boolean;
  readonly nodeArgs?: readonly string[];
  readonly redisArgs?: readonly string[];
  /** Redis has a replica, which copies it over a network of its own; needs `proxied`. Default false. */
  readonly replica?: boolean;
  /** Claims are kept in a Cluster of three masters, instead of in one Redis. Default false. */
  readonly cluster?: boolean;
  /** Clock and disk of every server can be tampered with. Default false. */
  readonly shimmed?: boolean;
  /** Every node and Redis behind a bad network of its own. Default false. */
  readonly proxied?: boolean;
}

/** The servers of one run, in a temporary folder, each behind a proxy where the row wants one. */
export class Servers {
  readonly nodes: readonly Beanstalkd[];
  readonly redis: RedisServer;
  readonly #dir: string;
  readonly #seed: number;
  /** Every network that stands between things. */
  readonly #wires: TcpProxy[] = [];
  /** Those in front of a server, for all. */
  readonly #fronts = new Map<Beanstalkd | RedisServer, TcpProxy>();
  #cluster: RedisCluster | undefined;
  #replica: { readonly server: RedisServer; readonly wire: TcpProxy } | undefined;

  readonly #shims = new Map<string, ShimControl>();
  readonly #shimLibrary: string | undefined;

  private constructor(dir: string, options: ServersOptions, seed: number, shimLibrary: string | undefined) {
    const { nodes = 3, binlog = true, nodeArgs = [], redisArgs = [] } = options;
    this.#dir = dir;
    this.#seed = seed;
    this.#shimLibrary = shimLibrary;
    const env = (name: string): NodeJS.ProcessEnv => (shimLibrary === undefined ? {} : this.shim(name).env);
    this.nodes = Array.from({ length: nodes }, (_, at) => {
      const name = nodeName(at);
      return new Beanstalkd({ dir: join(dir, name), binlog, args: [...nodeArgs], env: env(name) });
    });
    this.redis = new RedisServer({ dir: join(dir, 'redis'), args: [...redisArgs], env: env('redis') });
  }

  static async start(options: ServersOptions, seed: number): Promise<Servers> {
    const dir = await mkdtemp(join(tmpdir(), 'nestjs-dq-faults-'));
    const servers = new Servers(dir, options, seed, options.shimmed === true ? await compileShim(dir) : undefined);
    try {
      await Promise.all(servers.#servers.map((server) => server.start()));
      if (options.proxied === true) await servers.#listen();
      if (options.cluster === true) servers.#cluster = await RedisCluster.start();
      if (options.replica === true) await servers.#replicate();
      return servers;
    } catch (error) {
      await servers.stop();
      throw error;
    }
  }

  /** As the applications are told. */
  get endpoints(): readonly string[] {
    return this.nodes.map((node) => (this.#fronts.get(node) ?? node).endpoint);
  }

  get redisUrl(): string {
    return `redis://${(this.#fronts.get(this.redis) ?? this.redis).endpoint}`;
  }

  node(at: number): Beanstalkd {
    return existing(this.nodes[at], `node ${at}`);
  }

  /** The network in front of a node. */
  wire(at: number): TcpProxy {
    return existing(this.#fronts.get(this.node(at)), `proxy ${at}`);
  }

  get redisWire(): TcpProxy {
    return existing(this.#fronts.get(this.redis), 'proxy of Redis');
  }

  get cluster(): RedisCluster {
    return existing(this.#cluster, 'Cluster');
  }

  /** Of the Cluster, where there is one. */
  get masters(): RedisCluster['nodes'] | undefined {
    return this.#cluster?.nodes;
  }

  /** The network between Redis and its replica. */
  get replicaWire(): TcpProxy {
    return existing(this.#replica, 'replica').wire;
  }

  /** One more network in front of a server, for one process alone. */
  async ownWire({ port }: Beanstalkd | RedisServer, seed = this.#seed): Promise<TcpProxy> {
    const wire = await TcpProxy.listen(port, seed);
    this.#wires.push(wire);
    return wire;
  }

  /** Redis is killed, and the address moves to a replica that has heard nothing for `lagMs`. */
  async failOver(lagMs: number): Promise<void> {
    const { server, wire } = existing(this.#replica, 'replica');
    wire.partition();
    await sleep(lagMs);
    await this.redis.kill();
    wire.cut();
    await askRedis(server.url, (redis) => redis.replicaof('NO', 'ONE'));
    this.redisWire.retarget(server.port);
    this.redisWire.cut();
  }

  /** The clock and disk of one program: `redis`, or any name for a worker that is started with its `env`. */
  shim(name: string): ShimControl {
    if (this.#shimLibrary === undefined) throw new Error('this run was started without shimmed: true');
    let shim = this.#shims.get(name);
    if (shim === undefined) {
      shim = new ShimControl(this.#shimLibrary, this.#dir, name);
      this.#shims.set(name, shim);
    }
    return shim;
  }

  nodeShim(at: number): ShimControl {
    return this.shim(nodeName(at));
  }

  /** Sets every clock so far ahead: of the servers, and of the processes that are given the shim `apps`. */
  stepClocks(ms: number): void {
    for (const name of ['apps', 'redis', ...this.nodes.map((_, at) => nodeName(at))]) this.shim(name).stepClock(ms);
  }

  /** A copy of a node's disk as it is now. @returns its name */
  async copyDisk(at: number): Promise<string> {
    const node = this.node(at);
    const copy = `${node.dir}-copy`;
    await node.pause();
    await cp(node.dir, copy, { recursive: true });
    node.resume();
    return copy;
  }

  /** A node is killed, and started with a disk that was copied earlier. */
  async restoreDisk(at: number, copy: string): Promise<void> {
    const node = this.node(at);
    await this.wipe(node);
    await cp(copy, node.dir, { recursive: true });
    await node.start();
  }

  /** The server's disk is gone: it comes back empty. */
  async wipe(server: Beanstalkd | RedisServer): Promise<void> {
    await server.kill();
    await rm(server.dir, { recursive: true, force: true });
  }

  /** Ends every fault that a server or the network may be under. */
  async heal(): Promise<void> {
    for (const shim of this.#shims.values()) shim.healDisk();
    for (const wire of this.#wires) {
      wire.pass();
      await wire.listen();
    }
    await Promise.all(
      this.#servers.map(async (server) => {
        if (server.running) server.resume();
        else await server.start();
      }),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.#wires.map((wire) => wire.close()));
    await Promise.all(this.#servers.map((server) => server.kill()));
    await this.#replica?.server.kill();
    await this.#cluster?.stop();
    for (const shim of this.#shims.values()) shim.close();
    await rm(this.#dir, { recursive: true, force: true });
  }

  get #servers(): readonly (Beanstalkd | RedisServer)[] {
    return [...this.nodes, this.redis];
  }

  async #listen(): Promise<void> {
    for (const [at, server] of this.#servers.entries())
      this.#fronts.set(server, await this.ownWire(server, this.#seed + at));
  }

  async #replicate(): Promise<void> {
    const wire = await this.ownWire(this.redis);
    const server = new RedisServer({
      dir: join(this.#dir, 'replica'),
      args: ['--replicaof', `127.0.0.1 ${wire.port}`],
    });
    this.#replica = { server, wire };
    await server.start();
  }
}

function nodeName(at: number): string {
  return `node-${at + 1}`;
}

function existing<T>(thing: T | undefined, name: string): T {
  if (thing === undefined) throw new Error(`this run has no ${name}`);
  return thing;
}
