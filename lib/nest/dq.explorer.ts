import type { Type } from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module } from '@nestjs/core/injector/module.js';
import { DqHandlerError } from '../core/errors/argument.errors.js';
import { shown } from '../core/errors/shown.js';
import { HANDLER_MARKS, type HandlerMark } from './dq-handler.decorator.js';
import { classOf, type Marked, markedMethods } from './dq.marked-methods.js';

/** A decorated method, and where it stands. */
export interface FoundHandler extends Omit<Marked<HandlerMark>, 'place' | 'owner'> {
  /** Of the provider; what it extends may have the method. */
  readonly classRef: Type;
  readonly className: string;
  readonly wrapper: InstanceWrapper<object>;
  /** The module whose provider or controller it is. */
  readonly host: Module;
}

/** How errors name a handler. */
export function titleOf({ className, methodName }: FoundHandler): string {
  return `${className}.${methodName}`;
}

/**
 * The methods that `@DqHandler` marked, among providers and controllers.
 * @throws DqHandlerError for a method that has lost its mark, or is none any more
 */
export function foundHandlers(discovery: DiscoveryService): readonly FoundHandler[] {
  return decoratable(discovery, (wrapper, prototype) => {
    const { host, instance } = wrapper;
    if (host === undefined || !isMade(wrapper)) return [];
    const at = { classRef: prototype.constructor as Type, className: classOf(prototype), wrapper, host };
    return markedMethods(prototype, HANDLER_MARKS).map((marked) => {
      requireMark(marked);
      const handler: FoundHandler = Object.assign(marked, at);
      if (isObject(instance)) requireMethod(handler, instance);
      return handler;
    });
  });
}

/** What `find` finds on every class that is a provider or controller, on each object once. */
export function decoratable<Found>(
  discovery: DiscoveryService,
  find: (wrapper: InstanceWrapper<object>, prototype: object) => readonly Found[],
): readonly Found[] {
  // A value or a factory may show an object that is a provider elsewhere; its class, if it is one, comes first.
  const providers = discovery.getProviders().toSorted((one, other) => rank(one) - rank(other));
  const seen = new Set<object>();
  return [...providers, ...discovery.getControllers()].flatMap((wrapper: InstanceWrapper<object>) => {
    const { instance } = wrapper;
    const prototype = prototypeOf(wrapper);
    // An alias (useExisting) shows another provider's object again.
    if (prototype === null || wrapper.isAlias || seen.has(instance)) return [];
    const found = find(wrapper, prototype);
    if (found.length > 0 && isObject(instance)) seen.add(instance);
    return found;
  });
}

function rank({ isNotMetatype }: InstanceWrapper): number {
  return isNotMetatype ? 1 : 0;
}

/** False while a module that is loaded later is still on its way. */
export function isMade(wrapper: InstanceWrapper): boolean {
  return isMadeForEach(wrapper) || wrapper.getInstanceByContextId(STATIC_CONTEXT).isResolved === true;
}

/** Of request or transient scope: nothing is made at boot. */
export function isMadeForEach(wrapper: InstanceWrapper): boolean {
  return !wrapper.isDependencyTreeStatic() || wrapper.isTransient;
}

/** The class that a provider's methods are found on. Values and factories have one only once they are made. */
function prototypeOf(wrapper: InstanceWrapper<object>): object | null {
  const { metatype, isNotMetatype, instance, token } = wrapper;
  if (!isNotMetatype) return ((metatype as Type | null)?.prototype as object | undefined) ?? null;
  if (isObject(instance)) return Object.getPrototypeOf(instance) as object | null;
  // Of a factory whose object is made for each job, the token is all that tells its class.
  return isMadeForEach(wrapper) && typeof token === 'function' ? (token.prototype as object | null) : null;
}

/** Where an override has no mark of its own, nobody would run the tube's jobs. */
function requireMark({ tube, methodName, declaring, place, owner }: Marked<HandlerMark>): void {
  if (owner === place) return;
  const base = classOf(declaring);
  throw new DqHandlerError(
    owner === undefined
      ? `Expected ${base}.${methodName}, which @DqHandler marks, to stay a method of its class, but it is gone.`
      : `Expected ${classOf(owner)}.${methodName} to have @DqHandler, since it overrides ${base}.${methodName}, which runs the jobs of tube ` +
          `"${tube}". Write @DqHandler('${tube}') above it too, or give it another name.`,
  );
}

function requireMethod(found: FoundHandler, instance: object): void {
  const made: unknown = (instance as Readonly<Record<string, unknown>>)[found.methodName];
  if (typeof made === 'function') return;
  throw new DqHandlerError(
    `Expected ${titleOf(found)}, the handler of tube "${found.tube}", to be a method, got ${shown(made)}. Does ` +
      'another decorator, or the constructor, replace it?',
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
