import { Inject, Injectable, type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module } from '@nestjs/core/injector/module.js';
import { DqHandlerError } from '../core/errors/argument.errors.js';
import { shown } from '../core/errors/shown.js';
import { classOf, type MarkedMethod, markedMethods } from './dq.marked-methods.js';

/** A decorated method, and where it stands. */
export interface FoundHandler extends MarkedMethod {
  /** Of the provider; what it extends may have the method. */
  readonly classRef: Type;
  readonly className: string;
  readonly wrapper: InstanceWrapper<object>;
  /** The module whose provider or controller it is. */
  readonly host: Module;
  readonly isController: boolean;
}

/** How errors name a handler. */
export function titleOf({ className, methodName }: FoundHandler): string {
  return `${className}.${methodName}`;
}

/** Finds the methods that `@DqHandler` marked, among providers and controllers. */
@Injectable()
export class DqExplorer {
  readonly #discovery: DiscoveryService;

  constructor(@Inject(DiscoveryService) discovery: DiscoveryService) {
    this.#discovery = discovery;
  }

  /** @throws DqHandlerError for a method that has lost its mark, or is none any more */
  explore(): readonly FoundHandler[] {
    // A value or a factory may show an object that is a provider elsewhere; its class, if it is one, comes first.
    const providers = this.#discovery.getProviders().toSorted((one, other) => rank(one) - rank(other));
    const seen = new Set<object>();
    return [
      ...providers.flatMap((wrapper) => this.#scan(wrapper, false, seen)),
      ...this.#discovery.getControllers().flatMap((wrapper) => this.#scan(wrapper, true, seen)),
    ];
  }

  #scan(wrapper: InstanceWrapper<object>, isController: boolean, seen: Set<object>): FoundHandler[] {
    const { host, instance } = wrapper;
    const prototype = prototypeOf(wrapper);
    // An alias (useExisting) shows another provider's object again.
    if (prototype === null || host === undefined || wrapper.isAlias || seen.has(instance) || !isMade(wrapper))
      return [];
    const classRef = prototype.constructor as Type;
    const at = { classRef, className: classOf(prototype), wrapper, host, isController };
    const found = markedMethods(prototype).map((marked): FoundHandler => Object.assign(marked, at));
    for (const handler of found) requireMethod(handler);
    if (found.length > 0 && isObject(instance)) seen.add(instance);
    return found;
  }
}

export function rank({ isNotMetatype }: InstanceWrapper): number {
  return isNotMetatype ? 1 : 0;
}

/** False while a module that is loaded later is still on its way. */
function isMade(wrapper: InstanceWrapper): boolean {
  return isMadeForEach(wrapper) || wrapper.getInstanceByContextId(STATIC_CONTEXT).isResolved === true;
}

/** Of request or transient scope: nothing is made at boot. */
export function isMadeForEach(wrapper: InstanceWrapper): boolean {
  return !wrapper.isDependencyTreeStatic() || wrapper.isTransient;
}

/** The class that a provider's methods are found on. Values and factories have one only once they are made. */
export function prototypeOf(wrapper: InstanceWrapper<object>): object | null {
  const { metatype, isNotMetatype, instance, token } = wrapper;
  if (!isNotMetatype) return ((metatype as Type | null)?.prototype as object | undefined) ?? null;
  if (isObject(instance)) return Object.getPrototypeOf(instance) as object | null;
  // Of a factory whose object is made for each job, the token is all that tells its class.
  return isMadeForEach(wrapper) && typeof token === 'function' ? (token.prototype as object | null) : null;
}

function requireMethod(found: FoundHandler): void {
  const { instance } = found.wrapper;
  if (!isObject(instance)) return;
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
