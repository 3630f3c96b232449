import { setTimeout as sleep } from 'node:timers/promises';
import type { DqRunOptions, DqTubeOptions } from '../../lib/core/options/dq-options.js';
import type { History } from '../../harness/history/history.js';
import type { OneClock } from '../../harness/history/one-clock.js';
import type { ControlName, Recurring, WorkerSetup } from '../worker/messages.js';
import { Worker } from '../worker/worker.js';
import type { Servers } from './servers.js';

/** The tube of every row. */
export const TUBE = 'faults';

const LOOK_MS = 50;

/** What a row may give its processes. */
export interface AppOptions {
  readonly options?: Partial<Omit<WorkerSetup['options'], 'tubes' | 'beanstalks' | 'redis'>>;
  readonly tube?: Partial<DqTubeOptions>;
  readonly handler?: DqRunOptions;
  /** Its clock is wrong on purpose, so that due times are not what was asked for. */
  readonly wrongClock?: boolean;
  /** Instead of the servers's nodes. */
  readonly beanstalks?: readonly string[];
  /** Instead of the servers's Redis. */
  readonly redis?: string;
  readonly recurring?: Recurring;
  /** For `servers.shim(...)`: the process believes that clock. */
  readonly shim?: string;
}

/** Which protection is taken out, and of whom. */
export interface Weakness {
  /** Undefined where `servers` takes it out of the servers. */
  readonly name?: ControlName;
  /** Default everywhere. */
  readonly where?: 'producers' | 'consumers' | 'everywhere';
}

export interface ProcessesParts {
  readonly servers: Servers;
  readonly history: History;
  readonly clock: OneClock;
  readonly seed: number;
  readonly short: boolean;
  readonly control: Weakness | undefined;
}

/** The application processes of a run. */
export class Processes {
  readonly servers: Servers;
  readonly history: History;
  readonly clock: OneClock;
  readonly seed: number;
  readonly short: boolean;
  readonly #control: Weakness | undefined;
  readonly #workers: Worker[] = [];
  #started = 0;

  constructor({ servers, history, clock, seed, short, control }: ProcessesParts) {
    this.servers = servers;
    this.history = history;
    this.clock = clock;
    this.seed = seed;
    this.short = short;
    this.#control = control;
  }

  get workers(): readonly Worker[] {
    return this.#workers;
  }

  consumer(app: AppOptions = {}): Promise<Worker> {
    const lease = this.short ? '2s' : '5s';
    return this.#start('consumer', app, { concurrency: 50, lease, ...app.handler });
  }

  consumers(count: number, app?: AppOptions): Promise<Worker[]> {
    return Promise.all(Array.from({ length: count }, () => this.consumer(app)));
  }

  producer(app: AppOptions = {}): Promise<Worker> {
    return this.#start('producer', app, undefined);
  }

  /** Starts another process for each that dies from now on, until `end` is called. */
  replaceTheDead(replacement: () => Promise<Worker>): { end(): Promise<void> } {
    const replaced = new Set(this.#workers.filter(({ running }) => !running));
    const ending = new AbortController();
    const watching = (async () => {
      while (!ending.signal.aborted) {
        for (const worker of this.#workers.filter((worker) => !worker.running && !replaced.has(worker))) {
          replaced.add(worker);
          await replacement();
        }
        await sleep(LOOK_MS);
      }
    })();
    return {
      end: async () => {
        ending.abort();
        await watching;
      },
    };
  }

  async #start(role: 'consumer' | 'producer', app: AppOptions, handle: DqRunOptions | undefined): Promise<Worker> {
    const { servers, history, clock, seed, short } = this;
    const control = this.#control;
    this.#started++;
    const setup = {
      name: `${role}-${this.#started}`,
      seed: seed + this.#started,
      options: {
        beanstalks: app.beanstalks ?? servers.endpoints,
        redis: app.redis ?? servers.redisUrl,
        commandDeadline: short ? '1s' : '3s',
        shutdownDeadline: '3s',
        ...app.options,
        tubes: [{ name: app.recurring?.tube ?? TUBE, ttr: '5s', ...app.tube }],
      },
      masters: servers.masters,
      handle,
      recurring: app.recurring,
      control: control !== undefined && concerns(control, role) ? control.name : undefined,
      wrongClock: app.wrongClock ?? false,
    };
    const env = app.shim === undefined ? {} : servers.shim(app.shim).env;
    const worker = await Worker.start(setup, history, clock, short ? 8_000 : 60_000, env);
    this.#workers.push(worker);
    return worker;
  }
}

function concerns({ where = 'everywhere' }: Weakness, role: 'consumer' | 'producer'): boolean {
  return where === 'everywhere' || where === `${role}s`;
}
