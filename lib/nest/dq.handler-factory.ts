import { Inject, Injectable } from '@nestjs/common';
import { type ContextId, ContextIdFactory, ModuleRef } from '@nestjs/core';
import { Injector } from '@nestjs/core/injector/injector.js';
import { REQUEST_CONTEXT_ID } from '@nestjs/core/router/request/request-constants.js';
import type { DqJob } from '../core/consumer/dq-job.js';
import type { Handler } from '../core/consumer/run.js';
import { DqEnhancers, methodOf, settledResult } from './dq.enhancers.js';
import { type FoundHandler, isMadeForEach } from './dq.explorer.js';

/**
 * Makes a found method callable. What is of request or transient scope, the class itself or anything around it, is made anew
 * for each attempt of a job, which is injectable there as `REQUEST`; a durable class gets its tenant's payload instead.
 */
@Injectable()
export class DqHandlerFactory {
  readonly #enhancers: DqEnhancers;
  readonly #moduleRef: ModuleRef;
  readonly #injector = new Injector();

  constructor(@Inject(DqEnhancers) enhancers: DqEnhancers, @Inject(ModuleRef) moduleRef: ModuleRef) {
    this.#enhancers = enhancers;
    this.#moduleRef = moduleRef;
  }

  /** @throws DqHandlerError */
  create(found: FoundHandler): Handler {
    const enhanced = this.#enhancers.wanted(found);
    if (!isScoped(found)) return this.#bind(found.wrapper.instance, found, enhanced);
    return async (data, job) => {
      const contextId = this.#contextOf(job, found);
      const instance = await this.#instanceFor(contextId, found);
      return this.#bind(instance, found, enhanced, contextId)(data, job);
    };
  }

  #bind(instance: object, found: FoundHandler, enhanced: boolean, contextId?: ContextId): Handler {
    if (enhanced) return this.#enhancers.around(instance, found, contextId);
    return (data, job) => settledResult(methodOf(instance, found).call(instance, data, job));
  }

  #instanceFor(contextId: ContextId, { wrapper, host }: FoundHandler): Promise<object> {
    const isController = host.controllers.get(wrapper.token) === wrapper;
    const collection = isController ? host.controllers : host.providers;
    return this.#injector.loadPerContext(wrapper.instance, host, collection, contextId, wrapper);
  }

  /** As for a request: one context for one attempt, found again by `ContextIdFactory.getByRequest(job)`. */
  #contextOf(job: DqJob, { wrapper }: FoundHandler): ContextId {
    const contextId = ContextIdFactory.getByRequest(job);
    if (Object.hasOwn(job, REQUEST_CONTEXT_ID)) return contextId;
    Object.defineProperty(job, REQUEST_CONTEXT_ID, { value: contextId });
    const request: unknown = wrapper.isDependencyTreeDurable() ? contextId.payload : job;
    this.#moduleRef.registerRequestByContextId(request, contextId);
    return contextId;
  }
}

function isScoped({ wrapper }: FoundHandler): boolean {
  const enhancers = wrapper.getEnhancersMetadata() ?? [];
  return isMadeForEach(wrapper) || enhancers.some(({ isTransient }) => isTransient);
}
