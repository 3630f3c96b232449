import { Inject, Injectable, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module } from '@nestjs/core/injector/module.js';
import { type DqHandlerOptions, handlerMetadata } from './decorators/dq-handler.decorator.js';

/** A decorated method, and where it stands. */
export interface FoundHandler {
  readonly tube: string;
  readonly options: DqHandlerOptions;
  readonly methodName: string;
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
  readonly #scanner: MetadataScanner;

  constructor(
    @Inject(DiscoveryService) discovery: DiscoveryService,
    @Inject(MetadataScanner) scanner: MetadataScanner,
  ) {
    this.#discovery = discovery;
    this.#scanner = scanner;
  }

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
    if (prototype === null || host === undefined || wrapper.isAlias || seen.has(instance)) return [];
    const found = this.#scanner.getAllMethodNames(prototype).flatMap((methodName) => {
      const method = (prototype as Record<string, unknown>)[methodName];
      if (typeof method !== 'function') return [];
      const className = (prototype.constructor as Type).name;
      return handlerMetadata(method).map(({ tube, options }) => {
        return { tube, options, methodName, className, wrapper, host, isController };
      });
    });
    if (found.length > 0) seen.add(instance);
    return found;
  }
}

function rank({ isNotMetatype }: InstanceWrapper): number {
  return isNotMetatype ? 1 : 0;
}

/** The class that a provider's methods are found on. Values and factories have one only once they are made. */
function prototypeOf({ metatype, isNotMetatype, instance }: InstanceWrapper<object>): object | null {
  if (!isNotMetatype) return ((metatype as Type | null)?.prototype as object | undefined) ?? null;
  const made: unknown = instance;
  return typeof made === 'object' && made !== null ? (Object.getPrototypeOf(made) as object | null) : null;
}
