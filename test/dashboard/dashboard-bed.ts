import type { INestApplication, ModuleMetadata, Provider } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  type DqEvent,
  DqInspector,
  DqModule,
  type DqModuleOptions,
  type DqOptions,
  DqProducer,
  getDqProducerToken,
} from 'nestjs-dq';
import { DqDashboardModule, type DqDashboardOptions } from 'nestjs-dq/dashboard';
import { agent, type Response } from 'supertest';
import type { Sentence } from '../../lib/dashboard/wire.js';
import { type Census, countResources, expectNoLeaks } from '../support/leaks.js';
import { type SpecBed, specBed } from '../support/spec-bed.js';
import { TestBed } from '../support/test-bed.js';

export const PLATFORMS = ['Express', 'Fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

export interface DashboardSetup {
  readonly platform?: Platform;
  /** Fastify alone; without TLS. */
  readonly http2?: boolean;
  /** By default open to everybody. */
  readonly dashboard?: DqDashboardOptions;
  readonly queue?: Partial<DqOptions>;
  readonly imports?: ModuleMetadata['imports'];
  readonly providers?: readonly Provider[];
  readonly controllers?: ModuleMetadata['controllers'];
  /** Before it listens: prefix, versioning, what is global. */
  readonly prepare?: (nest: INestApplication) => void;
  readonly bodyParser?: boolean;
}

/** What a browser sends with an action. */
export const ACTING = {
  'content-type': 'application/json',
  'x-dq-dashboard': '1',
  'sec-fetch-site': 'same-origin',
} as const;

/** A sentence with its moments in UTC. */
export function plain(sentence: Sentence | undefined): string {
  return [sentence ?? '']
    .flat()
    .map((part) => (typeof part === 'number' ? new Date(part).toISOString() : part))
    .join('');
}

/** An application that listens, and has a dashboard. */
export class OpenDashboard {
  readonly nest: INestApplication;
  readonly events: readonly DqEvent[];
  readonly url: string;
  readonly client: ReturnType<typeof agent>;

  constructor(nest: INestApplication, events: readonly DqEvent[], url: string) {
    this.nest = nest;
    this.events = events;
    this.url = url;
    this.client = agent(url);
  }

  get(path: string): Promise<Response> {
    return Promise.resolve(this.client.get(path));
  }

  post(path: string, body: unknown = {}, headers: Readonly<Record<string, string>> = ACTING): Promise<Response> {
    return Promise.resolve(this.client.post(path).set(headers).send(JSON.stringify(body)));
  }

  /** What a view shows. */
  async view<View>(path: string): Promise<View> {
    const { status, text } = await this.get(path);
    if (status !== 200) throw new Error(`expected a view at ${path}, got ${status}: ${text}`);
    return JSON.parse(text) as View;
  }

  producer(tube: string): DqProducer {
    return this.nest.get<DqProducer>(getDqProducerToken(tube));
  }

  get inspector(): DqInspector {
    return this.nest.get(DqInspector);
  }
}

/** Applications with a dashboard, on servers or embedded; closed after each test, when nothing may be left. */
export class DashboardBed implements SpecBed {
  readonly #bed: TestBed | undefined;
  readonly #open: INestApplication[] = [];
  #census: Census = new Map();

  constructor(bed?: TestBed) {
    this.#bed = bed;
  }

  /** Throws where the queue is embedded. */
  get servers(): TestBed {
    if (this.#bed === undefined) throw new Error('this bed has no servers');
    return this.#bed;
  }

  async start(): Promise<void> {
    await this.#bed?.start();
  }

  begin(): void {
    this.#bed?.begin();
    this.#census = countResources();
  }

  async end(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((nest) => nest.close()));
    if (this.#bed === undefined) await expectNoLeaks(this.#census);
    else await this.#bed.end();
  }

  async stop(): Promise<void> {
    await this.#bed?.stop();
  }

  async open(setup: DashboardSetup = {}): Promise<OpenDashboard> {
    const { platform = 'Express', dashboard = { unguarded: true }, queue, imports = [], providers = [] } = setup;
    const { prepare, bodyParser = true, controllers = [], http2 = false } = setup;
    const events: DqEvent[] = [];
    const where = this.#bed === undefined ? { embedded: true as const } : this.#bed.servers;
    const options = {
      ...where,
      tubes: ['orders'],
      logger: false,
      onEvent: (event: DqEvent) => void events.push(event),
      ...queue,
    };
    const module = await Test.createTestingModule({
      imports: [DqModule.forRoot(options as DqModuleOptions), DqDashboardModule.forRoot(dashboard), ...imports],
      providers: [...providers],
      controllers,
    }).compile();
    const adapter = platform === 'Express' ? new ExpressAdapter() : new FastifyAdapter({ http2 } as object);
    const nest = module.createNestApplication(adapter as ExpressAdapter, { logger: false, bodyParser });
    this.#open.push(nest);
    prepare?.(nest);
    await nest.listen(0, '127.0.0.1');
    return new OpenDashboard(nest, events, await nest.getUrl());
  }
}

export function embeddedDashboards(): DashboardBed {
  return specBed(new DashboardBed());
}

export function dashboards(bed = new TestBed()): DashboardBed {
  return specBed(new DashboardBed(bed));
}
