import { keepsFromRedis, type PlannedFault } from '../plan/plan.js';
import type { Chance } from '../time/chance.js';
import { EPOCH_MS } from '../time/virtual-time.js';
import type { Direction } from '../network/route.js';
import { EMPTY, type RedisSnapshot } from '../redis/redis-server.js';
import type { Servers } from './servers.js';

const REDIS = -1;
/** A disk that syncs every second has lost no more than this. */
const SAVED_BEFORE_MS = 1_000;

/** Does what a plan's faults say, and undoes it when its time is over. */
export class Nemesis {
  readonly #servers: Servers;
  readonly #chance: Chance;
  /** How many faults keep something from working now; it works again when the last of them is over. */
  readonly #depth = new Map<string, number>();
  readonly #wereFull = new Set<string>();
  /** What Redis will remember after a fault. */
  readonly #saved = new Map<PlannedFault, RedisSnapshot>();
  #redisGoneAt = 0;
  #healed = false;

  constructor(servers: Servers, chance: Chance) {
    this.#servers = servers;
    this.#chance = chance;
  }

  plan(faults: readonly PlannedFault[]): void {
    const { time } = this.#servers;
    for (const fault of faults) {
      time.at(fault.at, () => this.#do(fault));
      if (fault.kind === 'redis-killed' && fault.forgets === 'since-snapshot') {
        this.#saveBefore(fault, SAVED_BEFORE_MS * this.#chance.next());
      }
      if (fault.kind === 'redis-failover') this.#saveBefore(fault, fault.lagMs);
    }
  }

  /** Everything is whole again: all servers run, all ways are open, all clocks are right. */
  heal(): void {
    const { nodes, redis } = this.#servers;
    this.#healed = true;
    this.#servers.record.happened({ kind: 'nemesis', what: 'healed' });
    for (const node of nodes) {
      node.host.correct();
      // What a full disk took from everybody comes back with a restart.
      if (this.#wereFull.has(node.endpoint)) node.kill(false);
      if (node.memory.state === 'down') node.restart(0, false);
      node.memory.freeDisk();
      node.memory.resume();
    }
    redis.refuseNothing();
    redis.go();
    if (!redis.runs) redis.start();
    this.#servers.processes.forEach((_, at) => {
      this.#servers.application(at)?.process.go();
      this.#servers.host(at).correct();
      for (let server = REDIS; server < nodes.length; server++) {
        const route = this.#servers.route(at, server);
        route.slowMs = 0;
        route.unblock('up');
        route.unblock('down');
      }
      this.#servers.startProcess(at);
    });
  }

  #do(fault: PlannedFault): void {
    if (this.#healed) return;
    const { time, record, redis } = this.#servers;
    this.#tell(JSON.stringify(fault));
    if (keepsFromRedis(fault)) {
      const until = record.now + ('ms' in fault ? fault.ms : 0);
      const slow = fault.kind === 'slow' ? true : undefined;
      record.happened({ kind: 'cut-off', by: this.#servers.nameOf(fault.process), until, slow });
    }
    switch (fault.kind) {
      case 'node-killed': {
        const node = this.#node(fault.node);
        if (fault.lostWrites > 0) this.#tellDiskForgets(fault.ms);
        this.#lasts(`down ${node.endpoint}`, fault.ms, (on) => {
          if (on) node.kill(fault.withHost);
          else node.restart(fault.lostWrites, this.#chance.happens(0.5));
        });
        break;
      }
      case 'node-stopped': {
        const { endpoint, memory } = this.#node(fault.node);
        this.#lasts(`stopped ${endpoint}`, fault.ms, (on) => (on ? memory.hang() : memory.resume()));
        break;
      }
      case 'node-clock':
        this.#node(fault.node).host.step(fault.stepMs);
        break;
      case 'node-full': {
        const { endpoint, memory } = this.#node(fault.node);
        this.#wereFull.add(endpoint);
        this.#lasts(`full ${endpoint}`, fault.ms, (on) => (on ? memory.fillDisk() : memory.freeDisk()));
        break;
      }
      case 'node-draining': {
        const node = this.#node(fault.node);
        node.memory.drain();
        this.#later(fault.ms, () => {
          if (node.memory.state !== 'down') node.restart(0, false);
        });
        break;
      }
      case 'kicked':
        this.#node(fault.node).memory.kick(fault.tube, 1_000);
        break;
      case 'node-restored': {
        const node = this.#node(fault.node);
        const copy = node.copyDisk();
        this.#later(fault.ms, () => {
          node.kill(false);
          node.restore(copy);
          // A copy that was deleted late may be on a disk that was copied after its job was over.
          this.#tellDiskForgets(0);
          this.#tell(`${node.endpoint} has an old disk`);
        });
        break;
      }
      case 'redis-killed':
        this.#lasts('down redis', fault.ms, (on) => {
          if (on) this.#crashRedis(fault.withHost);
          else this.#startRedis(fault.forgets === 'everything' ? EMPTY : this.#saved.get(fault));
        });
        break;
      case 'redis-failover':
        if (!redis.runs) break;
        this.#crashRedis(false);
        this.#startRedis(this.#saved.get(fault));
        break;
      case 'redis-flushed':
        if (!redis.runs) break;
        this.#redisGoneAt = time.now;
        redis.flush();
        this.#tellForgotten(EMPTY);
        break;
      case 'redis-refuses': {
        const refusal = redis.refuse(fault);
        this.#later(fault.ms, () => refusal.end());
        break;
      }
      case 'redis-stopped':
        this.#lasts('stopped redis', fault.ms, (on) => (on ? redis.stop() : redis.go()));
        break;
      default:
        this.#doToProcess(fault);
    }
  }

  #doToProcess(fault: Exclude<PlannedFault, { kind: `node-${string}` | `redis-${string}` | 'kicked' }>): void {
    const servers = this.#servers;
    const { process: at } = fault;
    const application = servers.application(at);
    switch (fault.kind) {
      case 'process-killed':
        application?.die(fault.withHost);
        servers.time.after(fault.ms, () => servers.startProcess(at));
        break;
      case 'process-closed':
        void application?.close().then(() => servers.time.after(fault.ms, () => servers.startProcess(at)));
        break;
      case 'process-stopped': {
        if (application === undefined) break;
        const { process, name } = application;
        this.#lasts(`stopped ${name}`, fault.ms, (on) => {
          if (!process.died) servers.record.happened({ kind: 'stalled', by: name, on });
          if (on) process.stop();
          else process.go();
        });
        break;
      }
      case 'app-clock':
        servers.host(at).step(fault.stepMs);
        break;
      case 'app-drift':
        this.#lasts(`drift ${at}`, fault.ms, (on) => servers.host(at).drift(on ? fault.rate : 0));
        break;
      case 'cut':
        servers.route(at, this.#server(fault.server)).cut();
        break;
      case 'slow': {
        const route = servers.route(at, this.#server(fault.server));
        this.#lasts(`slow ${at} ${fault.server}`, fault.ms, (on) => (route.slowMs = on ? fault.slowMs : 0));
        break;
      }
      case 'blocked': {
        const route = servers.route(at, this.#server(fault.server));
        const ways: readonly Direction[] = fault.way === 'both' ? ['up', 'down'] : [fault.way];
        for (const way of ways) {
          this.#lasts(`blocked ${at} ${fault.server} ${way}`, fault.ms, (on) => {
            if (on) route.block(way);
            else route.unblock(way);
          });
        }
      }
    }
  }

  #saveBefore(fault: PlannedFault, ms: number): void {
    const { time, redis } = this.#servers;
    time.at(fault.at - ms, () => this.#saved.set(fault, redis.save()));
  }

  #crashRedis(withHost: boolean): void {
    this.#redisGoneAt = this.#servers.time.now;
    this.#servers.redis.crash(withHost);
  }

  /** @param remembered what it knows when it comes back; undefined when that is all that it knew */
  #startRedis(remembered: RedisSnapshot | undefined): void {
    this.#servers.redis.start(remembered);
    if (remembered !== undefined) this.#tellForgotten(remembered);
  }

  /** What Redis heard after `remembered`, before it was gone, never was. */
  #tellForgotten({ at }: RedisSnapshot): void {
    const until = EPOCH_MS + this.#redisGoneAt;
    this.#servers.record.happened({ kind: 'store-emptied', from: EPOCH_MS + at, until });
  }

  #tellDiskForgets(ms: number): void {
    const { record } = this.#servers;
    record.happened({ kind: 'disk-forgot', until: record.now + ms });
  }

  /** Something lasts for a while; where it overlaps with its like, it ends with the last of them. */
  #lasts(name: string, ms: number, turn: (on: boolean) => void): void {
    const depth = this.#depth.get(name) ?? 0;
    this.#depth.set(name, depth + 1);
    if (depth === 0) turn(true);
    this.#later(ms, () => {
      const left = (this.#depth.get(name) ?? 0) - 1;
      this.#depth.set(name, left);
      if (left === 0) turn(false);
    });
  }

  #later(ms: number, run: () => void): void {
    this.#servers.time.after(ms, () => {
      if (!this.#healed) run();
    });
  }

  /** Part of a plan may name what is not there in a smaller servers. */
  #node(at: number): Servers['nodes'][number] {
    const { nodes } = this.#servers;
    return nodes[at % nodes.length] as Servers['nodes'][number];
  }

  #server(server: number): number {
    return server === REDIS ? REDIS : server % this.#servers.nodes.length;
  }

  #tell(what: string): void {
    this.#servers.record.happened({ kind: 'nemesis', what });
  }
}
