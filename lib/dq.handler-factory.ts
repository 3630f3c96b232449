import { Inject, Injectable } from '@nestjs/common';
import { ContextIdFactory, createContextId, ExternalContextCreator, ModuleRef } from '@nestjs/core';
import { Injector } from '@nestjs/core/injector/injector.js';
import type { DqJob, Handler } from './core/consumer/run.js';
import type { FoundHandler } from './dq.explorer.js';

/** What `ExecutionContext.getType()` says in guards, interceptors and filters around a handler. */
export const DQ_CONTEXT_TYPE = 'dq';

const ENHANCERS = ['__guards__', '__interceptors__', '__pipes__', '__exceptionFilters__'];

type Method = (data: unknown, job: DqJob) => unknown;

/**
 * Makes a found method callable. A handler whose class or method names guards, interceptors, pipes or filters runs inside
 * them, as routes do. A request-scoped class is made anew for each job, which is injectable there as `REQUEST`.
 */
@Injectable()
export class DqHandlerFactory {
  readonly #contexts: ExternalContextCreator;
  readonly #moduleRef: ModuleRef;
  readonly #injector = new Injector();

  constructor(
    @Inject(ExternalContextCreator) contexts: ExternalContextCreator,
    @Inject(ModuleRef) moduleRef: ModuleRef,
  ) {
    this.#contexts = contexts;
    this.#moduleRef = moduleRef;
  }

  create(found: FoundHandler): Handler {
    const { wrapper, methodName } = found;
    if (wrapper.isDependencyTreeStatic()) return this.#bind(wrapper.instance as object, methodName);
    return (data, job) => this.#runScoped(found, data, job);
  }

  async #runScoped({ wrapper, methodName, isController }: FoundHandler, data: unknown, job: DqJob): Promise<unknown> {
    const { host } = wrapper;
    if (host === undefined) throw new Error(`The class of ${methodName} has no module.`);
    const contextId = ContextIdFactory.getByRequest(job) ?? createContextId();
    this.#moduleRef.registerRequestByContextId(job, contextId);
    const collection = isController ? host.controllers : host.providers;
    const instance = await this.#injector.loadPerContext(wrapper.instance as object, host, collection, contextId);
    return this.#bind(instance, methodName)(data, job);
  }

  #bind(instance: object, methodName: string): Method {
    const method = (instance as Record<string, Method>)[methodName] as Method;
    const enhanced = ENHANCERS.some(
      (key) => Reflect.hasMetadata(key, method) || Reflect.hasMetadata(key, instance.constructor),
    );
    if (!enhanced) return (data, job) => method.call(instance, data, job);
    return this.#contexts.create(
      instance,
      method as (...args: unknown[]) => unknown,
      methodName,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      DQ_CONTEXT_TYPE,
    );
  }
}
