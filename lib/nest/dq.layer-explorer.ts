import type { DiscoveryService } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { DqHandlerError } from '../core/errors/argument.errors.js';
import type { DqEvent } from '../core/base/events.js';
import type { DqRuntime } from '../core/runtime.js';
import { decoratable, isMade, isMadeForEach } from './dq.explorer.js';
import { type DqLayerOptions, layerMetadata } from './dq-layer.decorator.js';
import { classOf, prototypesOf } from './dq.marked-methods.js';
import { EVENT_MARKS, type EventMark } from './on-dq-event.decorator.js';

type Wrapper = InstanceWrapper<object>;
type Methods = Readonly<Record<string, ((event: DqEvent) => unknown) | undefined>>;

/**
 * Gives the runtime the classes that `@DqLayer` marked and the methods that `@OnDqEvent` did, but for those that are `registered`, and notes them there.
 * @throws DqHandlerError for what is made anew for each job: nobody would be there to be asked; DqOptionsError for a layer once handlers have started
 */
export function registerLayers(discovery: DiscoveryService, runtime: DqRuntime, registered: Set<object>): void {
  decoratable(discovery, (wrapper, prototype) => {
    if (registered.has(wrapper.instance) || !isMade(wrapper)) return [];
    const found = [...addLayer(prototype, wrapper, runtime), ...addListeners(prototype, wrapper, runtime)];
    if (found.length > 0) registered.add(wrapper.instance);
    return found;
  });
}

function addLayer(prototype: object, wrapper: Wrapper, runtime: DqRuntime): readonly DqLayerOptions[] {
  const options = layerMetadata(prototype.constructor);
  if (options === undefined) return [];
  requireOne(wrapper, '@DqLayer', prototype);
  runtime.use(wrapper.instance, options.order);
  return [options];
}

function addListeners(prototype: object, wrapper: Wrapper, runtime: DqRuntime): readonly EventMark[] {
  const marks = prototypesOf(prototype).flatMap((place) => EVENT_MARKS.on(place));
  // A subclass that overrides a method is called in its place, once.
  const unlike = new Map(marks.map((mark) => [`${mark.methodName}\n${mark.event}\n${mark.tube ?? ''}`, mark]));
  for (const { event: type, tube, methodName } of unlike.values()) {
    const name = `${classOf(prototype)}.${methodName}`;
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
  return marks;
}

function requireOne(wrapper: Wrapper, what: string, prototype: object): void {
  if (!isMadeForEach(wrapper)) return;
  throw new DqHandlerError(
    `Expected ${what} on a class that is made once, got ${classOf(prototype)}, which is of request or transient scope, or needs ` +
      'something that is: it would never be called. Give it the default scope.',
  );
}
