import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  type DqEnhancerOptions,
  type DqEvent,
  type DqLogOptions,
  DqModule,
  type DqOptions,
  DqProducer,
  getDqProducerToken,
} from 'nestjs-dq';
import { type SpecBed, specBed } from '../support/spec-bed.js';
import { TestBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

type Options = Partial<DqOptions & DqLogOptions & DqEnhancerOptions>;

/** A Nest application on real servers, with one tube of its own, and what its queue reported. */
export interface BedApp {
  readonly nest: INestApplication;
  readonly tube: string;
  readonly events: readonly DqEvent[];
  /** Schedules a job for now. */
  send(data?: unknown, options?: Parameters<DqProducer['delay']>[2]): Promise<string>;
  /** Waits for the `count`th event of a type. */
  event(type: DqEvent['type'], count?: number): Promise<DqEvent>;
}

/** Servers for one spec, and the Nest applications its tests open on them; see {@link TestBed}. */
export class NestBed implements SpecBed {
  readonly bed = new TestBed();
  readonly #open = new Set<INestApplication>();

  async start(): Promise<void> {
    await this.bed.start();
  }

  begin(): void {
    this.bed.begin();
  }

  async end(): Promise<void> {
    try {
      // A copy that nobody has taken yet would stay on its node for the next consumer.
      if (this.#open.size > 0) await this.bed.drained();
    } finally {
      await Promise.all([...this.#open].map((nest) => nest.close()));
      this.#open.clear();
      await this.bed.end();
    }
  }

  async stop(): Promise<void> {
    await this.bed.stop();
  }

  /** Waits until so many jobs of a tube are dead letters on every node, and deletes them. */
  async bury(tube: string, jobs = 1): Promise<void> {
    for (const node of this.bed.cluster.nodes) {
      await until(async () => (await this.bed.copies(node, tube)).buried === jobs, { what: `${jobs} dead letter(s)` });
    }
    await this.bed.wipe();
  }

  /** An application whose parts get to know the tube that is made for them; not initialized yet. */
  async create(parts: (tube: string) => ModuleMetadata, options: Options = {}): Promise<BedApp> {
    const tube = this.bed.tube();
    const metadata = parts(tube);
    const events: DqEvent[] = [];
    const defaults = { backoff: { type: 'fixed', delay: 1 }, ...options.defaults } as const;
    const root = DqModule.forRoot({
      ...this.bed.servers,
      tubes: [tube],
      logger: false,
      onEvent: (event) => events.push(event),
      ...options,
      defaults,
    });
    const module = await Test.createTestingModule({
      ...metadata,
      imports: [root, ...(metadata.imports ?? [])],
    }).compile();
    const nest = module.createNestApplication({ logger: false });
    this.#open.add(nest);
    return {
      nest,
      tube,
      events,
      send: (data, job) => nest.get<DqProducer>(getDqProducerToken(tube)).delay(data ?? {}, 0, job),
      event: (type, count = 1) =>
        until(() => events.filter((event) => event.type === type)[count - 1], { what: `event ${count} of ${type}` }),
    };
  }

  /** The same, initialized: it takes jobs. */
  async run(parts: (tube: string) => ModuleMetadata, options?: Options): Promise<BedApp> {
    const app = await this.create(parts, options);
    await app.nest.init();
    return app;
  }
}

/** The servers of the spec that calls this, and Nest applications on them. */
export function nestBed(): NestBed {
  return specBed(new NestBed());
}
