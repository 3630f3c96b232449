import { Inject, Injectable, type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { DqHandlerError } from '../core/errors/argument.errors.js';
import type { DqEvent } from '../core/base/events.js';
import type { DqRuntime } from '../core/runtime.js';
import { isMadeForEach, prototypeOf, rank } from './dq.explorer.js';
import { layerMetadata } from './dq-layer.decorator.js';
import { eventMetadata } from './on-dq-event.decorator.js';

type Wrapper = InstanceWrapper<object>;
type Methods = Readonly<Record<string, ((event: DqEvent) => unknown) | undefined>>;

/** Finds the classes that `@DqLayer` marked and the methods that `@OnDqEvent` did, and gives them to the runtime. */
@Injectable()
export class DqLayerExplorer {
  readonly #discovery: DiscoveryService;

  constructor(@Inject(DiscoveryService) discovery: DiscoveryService) {
    this.#discovery = discovery;
  }

  /** @throws DqHandlerError for what is made anew for each job: nobody would be there to be asked */
  register(runtime: DqRuntime): void {
    const seen = new Set<object>();
    // A value or a factory may show an object that is a provider elsewhere.
    const providers = this.#discovery.getProviders().toSorted((one, other) => rank(one) - rank(other));
    for (const wrapper of [...providers, ...this.#discovery.getControllers()]) {
      const prototype = prototypeOf(wrapper);
      if (prototype === null || wrapper.isAlias || seen.has(wrapper.instance)) continue;
      const found = [addLayer(prototype, wrapper, runtime), addListeners(prototype, wrapper, runtime)];
      if (found.includes(true)) seen.add(wrapper.instance);
    }
  }
}

function addLayer(prototype: object, wrapper: Wrapper, runtime: DqRuntime): boolean {
  const options = layerMetadata(prototype.constructor);
  if (options === undefined) return false;
  requireOne(wrapper, '@DqLayer', prototype);
  runtime.use(wrapper.instance, options.order);
  return true;
}

function addListeners(prototype: object, wrapper: Wrapper, runtime: DqRuntime): boolean {
  const marks = chainOf(prototype).flatMap((place) => eventMetadata(place));
  // A subclass that overrides a method is called in its place, once.
  const unlike = new Map(marks.map((mark) => [`${mark.methodName}\n${mark.event}\n${mark.tube ?? ''}`, mark]));
  for (const { event: type, tube, methodName } of unlike.values()) {
    const name = `${(prototype.constructor as Type).name}.${methodName}`;
    requireOne(wrapper, `@OnDqEvent of ${name}`, prototype);
    if (tube !== undefined) runtime.requireTube(tube, `@OnDqEvent of ${name}`);
    runtime.listen({
      name,
      types: new Set([type]),
      tell: (event) => {
        if (tube !== undefined && 'tube' in event && event.tube !== tube) return undefined;
        return (wrapper.instance as Methods)[methodName]?.call(wrapper.instance, event);
      },
    });
  }
  return unlike.size > 0;
}

function requireOne(wrapper: Wrapper, what: string, prototype: object): void {
  if (!isMadeForEach(wrapper)) return;
  throw new DqHandlerError(
    `Expected ${what} on a class that is made once, got ${(prototype.constructor as Type).name}, which is of request or transient scope, or needs ` +
      'something that is: it would never be called. Give it the default scope.',
  );
}

function chainOf(prototype: object): readonly object[] {
  const above = Object.getPrototypeOf(prototype) as object | null;
  return above === null || above === Object.prototype ? [prototype] : [prototype, ...chainOf(above)];
}
