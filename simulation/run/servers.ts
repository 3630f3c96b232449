import type { Sabotage } from '../../harness/sabotage/sabotage.js';
import { RedisConnection } from '../../lib/core/redis/redis-connection.js';
import { History } from '../../harness/history/history.js';
import { Port } from '../network/port.js';
import { Process } from '../network/process.js';
import { Route } from '../network/route.js';
import { SimulatedNode } from '../nodes/simulated-node.js';
import {
  NATIVE_TUBE,
  PLAIN_TUBE,
  type Plan,
  type PlannedJob,
  type PlannedPause,
  type PlannedWord,
  type Role,
} from '../plan/plan.js';
import { RedisServer } from '../redis/redis-server.js';
import { SimulatedClaimStore } from '../redis/simulated-claim-store.js';
import { simulatedRedis } from '../redis/simulated-redis.js';
import { watchedTable } from '../redis/watched-table.js';
import { Chance } from '../time/chance.js';
import { HostClock } from '../time/host-clock.js';
import { EPOCH_MS, VirtualTime } from '../time/virtual-time.js';
import { Application } from './application.js';
import { type Errand, errandOf, isAskedAgain } from './caller.js';

/** A process that died by itself is started again within this time. */
const RESTARTED_WITHIN_MS = 3_000;

/** A process of the plan: what it does, on which host, and its present life. */
interface Seat {
  readonly role: Role;
  readonly host: HostClock;
  readonly errands: Errand[];
  lives: number;
  application: Application | undefined;
}

/** All that there is in one simulation: nodes, Redis, applications, and what lies between them. */
export class Servers {
  readonly time = new VirtualTime();
  readonly record = new History({ now: () => EPOCH_MS + this.time.now });
  readonly nodes: readonly SimulatedNode[];
  readonly redis: RedisServer;
  readonly #plan: Plan;
  readonly #bug: Sabotage;
  readonly #chance: Chance;
  readonly #redisPort = new Port('redis');
  readonly #redisHost = new HostClock(this.time);
  readonly #seats: readonly Seat[];
  readonly #routes = new Map<string, Route>();
  #standby: 'consumers' | 'all' | 'nobody' = 'nobody';
  #resumed = 0;

  constructor(plan: Plan, bug: Sabotage = {}) {
    this.#plan = plan;
    this.#bug = bug;
    this.#chance = new Chance(plan.seed, 'play');
    const { nodes } = plan.settings;
    this.nodes = Array.from({ length: nodes }, (_, at) => {
      return new SimulatedNode(`10.0.0.${at + 1}:11300`, this.time, new HostClock(this.time), plan.seed);
    });
    this.redis = new RedisServer(this.time, this.#redisHost, this.#redisPort, plan.settings.retentionMs);
    this.#seats = plan.processes.map((role) => ({
      role,
      host: new HostClock(this.time),
      errands: [],
      lives: 0,
      application: undefined,
    }));
    plan.processes.forEach((_, at) => this.startProcess(at));
  }

  application(at: number): Application | undefined {
    const { application } = this.#seat(at);
    return application === undefined || application.process.died ? undefined : application;
  }

  /** Of all lives of a process. */
  nameOf(at: number): string {
    return `${this.#seat(at).role === 'schedules' ? 'web' : 'worker'}-${at}`;
  }

  host(at: number): HostClock {
    return this.#seat(at).host;
  }

  get running(): readonly Application[] {
    return this.#seats.flatMap((_, at) => this.application(at) ?? []);
  }

  get processes(): readonly Role[] {
    return this.#plan.processes;
  }

  /** Errands whose caller has not heard how they went. */
  get unanswered(): number {
    return this.#seats.reduce((sum, { errands }) => sum + errands.filter(({ answered }) => !answered).length, 0);
  }

  consumes(at: number): boolean {
    return this.#seat(at).role !== 'schedules';
  }

  /** At night nobody consumes, and at the end nobody comes back. */
  rest(who: 'consumers' | 'all' | 'nobody'): void {
    this.#standby = who;
  }

  /** Starts a process that is not there; what it was asked to do and may ask again, it does. */
  startProcess(at: number): void {
    const seat = this.#seat(at);
    if (this.application(at) !== undefined || this.#standby === 'all') return;
    if (this.#standby === 'consumers' && this.consumes(at)) return;
    const name = `${this.nameOf(at)}.${++seat.lives}`;
    const application = this.#start(name, at, seat);
    seat.application = application;
    for (const errand of seat.errands) {
      if (errand.answered) continue;
      if (isAskedAgain(errand.job) || errand.moment === undefined) void application.caller.schedule(errand);
      else errand.answered = true;
    }
  }

  /** A job of the plan is to be scheduled now, or when its caller is there again. */
  ask(job: PlannedJob): void {
    const errand = errandOf(job);
    this.#seat(job.by).errands.push(errand);
    const application = this.application(job.by);
    if (application !== undefined && !application.closing)
      application.process.act(() => void application.caller.schedule(errand));
  }

  /** Something is to be said of a key, by a process that is there. */
  say(word: PlannedWord): void {
    const application = this.application(word.by);
    if (application !== undefined && !application.closing)
      application.process.act(() => void application.caller.say(word));
  }

  /** A process that is there pauses a tube; it is resumed by the same, or by whoever is there by then. */
  pause(pause: PlannedPause): void {
    const { by, resumeAfterMs } = pause;
    const application = this.#open(by);
    if (application === undefined) return;
    application.process.act(() => void application.pause(pause));
    if (resumeAfterMs !== undefined) this.time.after(resumeAfterMs, () => this.#resume(pause));
  }

  #resume(pause: PlannedPause): void {
    const application = this.#open(pause.by) ?? this.running.find(({ closing }) => !closing);
    application?.process.act(() => void application.resume(pause));
  }

  #open(at: number): Application | undefined {
    const application = this.application(at);
    return application?.closing === false ? application : undefined;
  }

  /** Somebody resumes all tubes that are paused, without fail. */
  resumeAll(): void {
    for (const tube of [NATIVE_TUBE, PLAIN_TUBE]) {
      if (!this.redis.table.pauses.resume(tube)) continue;
      this.record.happened({ kind: 'gate', by: 'operator', number: this.#resumed++, tube, word: 'resume' });
    }
  }

  /** The way from a process to a node, or to Redis (-1). */
  route(process: number, server: number): Route {
    const name = `${process}-${server}`;
    let route = this.#routes.get(name);
    if (route === undefined) this.#routes.set(name, (route = new Route(this.#chance.of(`route ${name}`))));
    return route;
  }

  #seat(at: number): Seat {
    const seat = this.#seats[at];
    if (seat === undefined) throw new Error(`there is no process ${at}`);
    return seat;
  }

  #start(name: string, at: number, { role, host }: Seat): Application {
    const { time, record } = this;
    const { settings } = this.#plan;
    const chance = this.#chance.of(name);
    const process = new Process(name, time, host, chance.of('timers'), () => this.route(at, -1));
    const bug = this.#bug;
    const dialers = this.nodes.map((node, number) => {
      const dialer = node.dialer(process, this.route(at, number), settings.deadlineMs);
      return bug.dialer?.(dialer) ?? dialer;
    });
    const clock = bug.clock?.(process) ?? process;
    return new Application({
      name,
      role,
      process,
      host,
      time,
      chance,
      record,
      settings,
      clock,
      options: bug.options,
      onFatal: () => {
        const ms = chance.of('restart').between(100, RESTARTED_WITHIN_MS);
        time.after(ms, () => this.startProcess(at));
      },
      endpoints: this.nodes.map(({ endpoint }) => endpoint),
      dialers,
      store: (report) => {
        const place = { seat: at, process, server: this.redis, port: this.#redisPort };
        const connection = new RedisConnection(simulatedRedis(place), settings.deadlineMs, process, report);
        const watched = watchedTable(this.redis.table, this.#redisHost, record, name);
        const store = new SimulatedClaimStore(
          connection,
          this.redis,
          bug.table?.(watched) ?? watched,
          process,
          settings.retentionMs,
        );
        return { store: bug.store?.(store) ?? store, start: () => store.start() };
      },
    });
  }
}
