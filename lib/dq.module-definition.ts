import { ConfigurableModuleBuilder, type DynamicModule, type Provider } from '@nestjs/common';
import type { DqTubeOptions } from './core/options/dq-options.js';
import { DqRuntime } from './core/runtime.js';
import type { DqModuleOptions } from './dq.module-options.js';
import { getDqProducerToken } from './dq.tokens.js';

/** What Nest must know before the options are there. */
export interface DqModuleExtras {
  /** The tubes whose producers can be injected from here. @default none but the default tube */
  tubes?: readonly (string | DqTubeOptions)[];
  /** Makes producers injectable in every module. @default true */
  isGlobal?: boolean;
}

export const DQ_ROOT_TUBES = Symbol('nestjs-dq tubes given to the module');

/** Declares a tube and gives its producer. */
export function producerProvider(tube: string | DqTubeOptions): Provider {
  const name = typeof tube === 'string' ? tube : tube.name;
  return {
    provide: getDqProducerToken(name),
    inject: [DqRuntime],
    useFactory: (runtime: DqRuntime) => {
      runtime.declare(tube);
      return runtime.producer(name);
    },
  };
}

function withTubes(definition: DynamicModule, { tubes = [], isGlobal = true }: DqModuleExtras): DynamicModule {
  // A wrong list is refused where all options are: with the other options, at boot.
  const named = Array.isArray(tubes) ? (tubes as readonly (string | DqTubeOptions)[]) : [];
  const names = [
    ...new Set(
      named.map((tube) => (typeof tube === 'string' ? tube : tube?.name)).filter((name) => typeof name === 'string'),
    ),
  ];
  const producers = names.map((name) => producerProvider(name));
  return {
    ...definition,
    global: isGlobal,
    providers: [...(definition.providers ?? []), { provide: DQ_ROOT_TUBES, useValue: tubes }, ...producers],
    exports: [...(definition.exports ?? []), ...names.map((name) => getDqProducerToken(name))],
  };
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<Omit<DqModuleOptions, 'tubes'>>()
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createDqOptions')
    .setExtras<DqModuleExtras>({ tubes: [], isGlobal: true }, withTubes)
    .build();
