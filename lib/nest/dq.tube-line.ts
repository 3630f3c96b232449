import type { ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { listed } from '../core/errors/shown.js';
import type { ResolvedOptions } from '../core/options/resolved-options.js';
import { DqProducer } from '../core/producer/producer.js';
import { tokenOf } from './dq.tokens.js';

/** Who runs the jobs of a tube, and how many at once. */
export interface HandlerUse {
  readonly title: string;
  readonly concurrency: number;
}

/** What a process does with its tubes. */
export interface TubeUse {
  readonly consume: ResolvedOptions['consume'];
  /** The tubes whose jobs it runs, by name. */
  readonly handled: ReadonlyMap<string, HandlerUse>;
  /** Tubes that have a handler here, whether `consume` lists them or not. */
  readonly found: ReadonlySet<string>;
  /** The tubes to be told of. */
  readonly tubes: readonly string[];
}

/** What is told once, and how urgently. */
export interface TubeLine {
  readonly level: 'log' | 'warn';
  readonly text: string;
}

/**
 * What is told once, at boot: whose jobs this process runs, and whose it does not. A class that was forgotten among the
 * providers is seen nowhere else, so a tube without a handler is a warning, unless `consume` leaves the tube to other processes.
 */
export function tubeLine({ consume, handled, found, tubes }: TubeUse): TubeLine {
  if (consume !== true && handled.size === 0) {
    return { level: 'log', text: `Tubes: ${listed(tubes)}. This process only schedules, as consume says.` };
  }
  const others = tubes.filter((tube) => !handled.has(tube));
  const without = others.filter((tube) => !found.has(tube));
  const leftOut = others.filter((tube) => found.has(tube));
  const parts = [
    listed([...handled].map(([tube, use]) => described(tube, use))),
    leftOut.length === 0 ? '' : `not in consume: ${listed(leftOut)}`,
    without.length === 0 ? '' : `no handler here: ${listed(without)}`,
  ];
  const text = `Tubes: ${parts.filter((part) => part !== '').join('; ')}.`;
  if (without.length === 0 || consume !== true) return { level: 'log', text };
  const only =
    handled.size === 0
      ? 'set consume: false if this process only schedules'
      : 'list the tubes of this process in consume';
  return { level: 'warn', text: `${text} Put each class with @DqHandler among providers or controllers, or ${only}.` };
}

/** How the line names a tube that is handled. */
export function described(tube: string, { title, concurrency }: HandlerUse): string {
  return `${tube} (${title}, ${concurrency} at once)`;
}

/**
 * The declared tubes, without the default tube where nobody means it: it is always there, and most applications have no use for
 * it. Somebody who injects `DqProducer` as it is, perhaps where `@InjectDqProducer` was forgotten, writes to it.
 */
export function usedTubes(
  { tubes, defaultTube }: Pick<ResolvedOptions, 'tubes' | 'defaultTube'>,
  modules: ModulesContainer,
): readonly string[] {
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
