import type { ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { ResolvedOptions } from '../core/options/resolved-options.js';
import { DqProducer } from '../core/producer/producer.js';
import { tokenOf } from './dq.tokens.js';

type Options = Pick<ResolvedOptions, 'tubes' | 'defaultTube'>;

/**
 * The declared tubes, without the default tube where nobody means it: it is always there, and most applications have no use for
 * it. Somebody who injects `DqProducer` as it is, perhaps where `@InjectDqProducer` was forgotten, writes to it.
 */
export function usedTubes({ tubes, defaultTube }: Options, modules: ModulesContainer): readonly string[] {
  const names = [...tubes.keys()];
  const meant = names.length === 1 || isDeclared(defaultTube, modules) || isAskedFor(modules);
  return meant ? names : names.filter((name) => name !== defaultTube);
}

function isDeclared(tube: string, modules: ModulesContainer): boolean {
  return [...modules.values()].some(({ providers }) => providers.has(tokenOf(tube)));
}

function isAskedFor(modules: ModulesContainer): boolean {
  return [...modules.values()].some(({ providers, controllers, injectables }) =>
    [...providers.values(), ...controllers.values(), ...injectables.values()].some((wrapper) =>
      dependenciesOf(wrapper).some(({ token }) => token === DqProducer),
    ),
  );
}

/** What Nest found for its constructor, its factory and its properties; an optional one may be missing. */
function dependenciesOf(wrapper: InstanceWrapper): readonly InstanceWrapper[] {
  const properties = wrapper.getPropertiesMetadata() ?? [];
  return [...(wrapper.getCtorMetadata() ?? []), ...properties.map((property) => property.wrapper)].filter(Boolean);
}
