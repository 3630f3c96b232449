import { Inject, Injectable, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { type DqHandlerMetadata, DQ_HANDLER_METADATA } from './decorators/dq-handler.decorator.js';

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** A decorated method, and where it stands. */
export interface FoundHandler {
  readonly tube: string;
  readonly options: DqHandlerMetadata['options'];
  readonly methodName: string;
  readonly className: string;
  readonly wrapper: Wrapper;
  readonly isController: boolean;
}

/** Finds the methods that `@DqHandler` marked, among providers and controllers. */
@Injectable()
export class DqExplorer {
  readonly #discovery: DiscoveryService;
  readonly #scanner: MetadataScanner;
  readonly #reflector: Reflector;

  constructor(
    @Inject(DiscoveryService) discovery: DiscoveryService,
    @Inject(MetadataScanner) scanner: MetadataScanner,
    @Inject(Reflector) reflector: Reflector,
  ) {
    this.#discovery = discovery;
    this.#scanner = scanner;
    this.#reflector = reflector;
  }

  explore(): readonly FoundHandler[] {
    const found: FoundHandler[] = [];
    for (const wrapper of this.#discovery.getProviders()) this.#scan(wrapper, false, found);
    for (const wrapper of this.#discovery.getControllers()) this.#scan(wrapper, true, found);
    return found;
  }

  #scan(wrapper: Wrapper, isController: boolean, found: FoundHandler[]): void {
    const prototype = prototypeOf(wrapper);
    // An alias (useExisting) shows the same object again.
    if (prototype === null || wrapper.isAlias) return;
    for (const methodName of this.#scanner.getAllMethodNames(prototype)) {
      const method = (prototype as Record<string, unknown>)[methodName];
      if (typeof method !== 'function') continue;
      const metadata = this.#reflector.get<DqHandlerMetadata | undefined>(DQ_HANDLER_METADATA, method);
      if (metadata === undefined) continue;
      const className = (prototype.constructor as Type).name;
      found.push({ ...metadata, methodName, className, wrapper, isController });
    }
  }
}

/** The class that a provider's methods are found on. Values and factories have one only once they are made. */
function prototypeOf({ metatype, inject, instance }: Wrapper): object | null {
  if (typeof metatype === 'function' && !inject) return (metatype.prototype as object | undefined) ?? null;
  const made: unknown = instance;
  return typeof made === 'object' && made !== null ? (Object.getPrototypeOf(made) as object | null) : null;
}
