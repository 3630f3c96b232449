import { DqGiveUp } from 'nestjs-dq';
import type { App } from '../support/app.js';
import { Gate } from '../support/gate.js';
import type { TestBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const HANDLERS = { concurrency: 40, lease: '20s', backoff: { type: 'fixed', delay: 1_000 } } as const;
const LOST = 'has lost recent writes';

/** Two consumers of one tube, and a node that has a copy of each job, and gives none out until it is `resumed`. */
export class LosingScene {
  readonly tube: string;
  readonly gate = new Gate();
  readonly apps: readonly App[];
  /** Jobs of which more than one run went on at once. */
  readonly doubled: unknown[] = [];
  /** Runs that go on, by job. */
  readonly #running = new Map<string, number>();
  readonly #bed: TestBed;

  constructor(bed: TestBed, options: { readonly redis?: string } = {}) {
    this.#bed = bed;
    this.tube = bed.tube();
    this.apps = [1, 2].map(() =>
      bed
        .app({ tubes: [this.tube], commandDeadline: 1_000, ...options })
        .consume(this.tube, (data, job) => this.#handle(String(data), job.attempt), HANDLERS),
    );
  }

  async #handle(data: string, attempt: number): Promise<void> {
    const now = (this.#running.get(data) ?? 0) + 1;
    this.#running.set(data, now);
    if (now > 1) this.doubled.push(data);
    try {
      if (data.startsWith('long')) await this.gate.opened;
      if (data.startsWith('dead')) throw new DqGiveUp('as it should');
      if (data.startsWith('retried') && attempt === 1) throw new Error('once more');
      if (data === 'retried long') await this.gate.opened;
      if (data === 'revived') {
        if (this.runs.filter((run) => run === data).length === 1) throw new DqGiveUp('as it should');
        await this.gate.opened;
      }
    } finally {
      this.#running.set(data, this.#running.get(data)! - 1);
    }
  }

  /** Jobs that are due at once, and have begun. */
  async begun(names: readonly string[]): Promise<void> {
    const before = this.runs.length;
    const producer = this.apps[0]!.producer(this.tube);
    await Promise.all(names.map((name) => producer.delay(name, 0)));
    await until(() => this.runs.length === before + names.length, { timeout: 20_000 });
  }

  /** The same, which wait on a node that stands still. */
  async written(names: readonly string[]): Promise<void> {
    const producer = this.apps[0]!.producer(this.tube);
    const at = Date.now() + 3_000;
    await Promise.all(names.map((name) => producer.at(name, at)));
  }

  get runs(): string[] {
    return this.apps.flatMap((app) => app.runs.all.map(({ data }) => String(data)));
  }

  /** What was told of results that were refused. */
  get refused(): unknown[] {
    return this.apps.flatMap((app) => app.eventsOf('result-refused'));
  }

  /** How often each application warned that Redis has lost something. */
  get warned(): number[] {
    return this.apps.map((app) => app.eventsOf('store-warning').filter(({ reason }) => reason.includes(LOST)).length);
  }

  /** The first letters of what Redis knows, counted. */
  async states(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { value } of await this.#bed.claims()) counts[value.slice(4, 5)] = (counts[value.slice(4, 5)] ?? 0) + 1;
    return counts;
  }
}

/** So many. */
export const names = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${name} ${at}`);
