import type { TestingModule, TestingModuleBuilder } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import type { ModuleMetadata } from '@nestjs/common';
import type { Backend, RuntimeParts } from '../../lib/core/runtime.js';
import { DQ_RUNTIME_PARTS } from '../../lib/nest/dq.tokens.js';
import { StubClaimStore } from '../support/stub-claim-store.js';
import { StubNode } from '../support/stub-node.js';

/** What every test gives that does not care; nothing listens there, and nothing is asked. */
export const NOWHERE = {
  beanstalks: ['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:3'],
  redis: 'redis://127.0.0.1:4',
} as const;

/** Stand-ins for the servers of one application after the other: they take every job, and never give one out. */
export class StubServers {
  nodes: readonly StubNode[] = [];
  store = new StubClaimStore();
  /** How often the application was started. */
  starts = 0;

  readonly parts: RuntimeParts = {
    backend: ({ endpoints }, clock): Backend => {
      this.nodes = endpoints.map(({ name }) => new StubNode(name, clock));
      return { dialers: this.nodes, store: this.store, start: () => void this.starts++ };
    },
  };

  /** A testing module on these servers, which know nothing of the one before. */
  module(metadata: ModuleMetadata): TestingModuleBuilder {
    this.nodes = [];
    this.store = new StubClaimStore();
    this.starts = 0;
    return Test.createTestingModule(metadata).overrideProvider(DQ_RUNTIME_PARTS).useValue(this.parts);
  }

  /** The same, initialized; `use` has it, and it is closed after that. */
  async run<T>(metadata: ModuleMetadata, use: (module: TestingModule) => T | Promise<T>): Promise<T> {
    const module = await this.module(metadata).compile();
    try {
      await module.init();
      return await use(module);
    } finally {
      await module.close();
    }
  }

  /** The tubes that jobs were written to, each once, by name. */
  get written(): readonly string[] {
    return [...new Set(this.nodes.flatMap(({ puts }) => puts.map(({ tube }) => tube)))].toSorted();
  }

  /** The tubes that lanes have watched, each once, by name. */
  get watched(): readonly string[] {
    return [
      ...new Set(this.nodes.flatMap((node) => node.named('watch').map(({ args }) => String(args[0])))),
    ].toSorted();
  }
}
