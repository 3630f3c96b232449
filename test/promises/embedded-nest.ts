import type { ModuleMetadata } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach } from '@jest/globals';
import {
  type DqEmbeddedOptions,
  type DqEvent,
  DqModule,
  type DqModuleOptions,
  type DqProducer,
  getDqProducerToken,
} from 'nestjs-dq';
import { failOnLeaks } from '../support/leaks.js';
import { Recorder } from '../support/wait.js';

/** Embedded Nest applications of one spec; each test closes what it opened, and nothing may be left. */
export class EmbeddedNest {
  /** What handlers and others note. */
  readonly seen = new Recorder<unknown>();
  /** What the log was told. */
  readonly lines: string[] = [];
  readonly events: DqEvent[] = [];
  #open: TestingModule[] = [];

  constructor() {
    beforeEach(() => {
      this.seen.clear();
      this.lines.length = 0;
      this.events.length = 0;
    });
    afterEach(() => Promise.all(this.#open.splice(0).map((module) => module.close())));
    failOnLeaks();
  }

  /** An application with the tubes `a` to `d`, initialized. */
  async run(
    metadata: ModuleMetadata,
    options: Partial<DqEmbeddedOptions> & Pick<DqModuleOptions, 'logger'> = {},
  ): Promise<TestingModule> {
    const to = (level: string) => (text: string) => void this.lines.push(`${level}: ${text}`);
    const dq = DqModule.forRoot({
      embedded: true,
      tubes: ['a', 'b', 'c', 'd'],
      defaults: { attempts: 1 },
      logger: { log: to('log'), warn: to('warn'), error: to('error') },
      onEvent: (event) => this.events.push(event),
      ...options,
    });
    const module = await Test.createTestingModule({
      ...metadata,
      imports: [dq, ...(metadata.imports ?? [])],
    }).compile();
    this.#open.push(module);
    await module.init();
    return module;
  }

  /** What an application of these parts notes, so many times, of a job to each of these tubes, one after the other. */
  async noted(
    metadata: ModuleMetadata,
    ...jobs: readonly (readonly [tube: string, count: number, data?: unknown])[]
  ): Promise<unknown[][]> {
    const module = await this.run(metadata);
    const noted: unknown[][] = [];
    for (const [tube, count, data] of jobs) {
      await this.send(module, tube, data);
      noted.push(await this.seen.next(count));
    }
    return noted;
  }

  /** Those of them that tell of tubes. */
  get tubeLines(): readonly string[] {
    return this.lines.filter((line) => line.includes('Tubes: '));
  }

  /** Schedules a job for now. */
  async send(module: TestingModule | ModuleRef, tube: string, data: unknown = {}): Promise<void> {
    await module.get<DqProducer>(getDqProducerToken(tube), { strict: false }).delay(data, 0);
  }
}
