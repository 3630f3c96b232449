import { type CanActivate, ForbiddenException, Inject, Injectable } from '@nestjs/common';
import {
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PIPES_METADATA,
} from '@nestjs/common/constants.js';
import { type ContextId, ModulesContainer, type NestContainer } from '@nestjs/core';
import { ExternalExceptionFilterContext } from '@nestjs/core/exceptions/external-exception-filter-context.js';
import { GuardsConsumer } from '@nestjs/core/guards/guards-consumer.js';
import { GuardsContextCreator } from '@nestjs/core/guards/guards-context-creator.js';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { InterceptorsConsumer } from '@nestjs/core/interceptors/interceptors-consumer.js';
import { InterceptorsContextCreator } from '@nestjs/core/interceptors/interceptors-context-creator.js';
import { PipesConsumer } from '@nestjs/core/pipes/pipes-consumer.js';
import { PipesContextCreator } from '@nestjs/core/pipes/pipes-context-creator.js';
import { type DqJob, handOn } from './core/consumer/dq-job.js';
import { outcomeOfError } from './core/consumer/outcome.js';
import type { Handler } from './core/consumer/run.js';
import { DqHandlerError } from './core/errors/argument.errors.js';
import { DQ_CONTEXT_TYPE } from './dq.context-type.js';
import { type FoundHandler, titleOf } from './dq.explorer.js';
import { settledResult } from './dq.handler-result.js';

const KINDS = {
  guard: GUARDS_METADATA,
  interceptor: INTERCEPTORS_METADATA,
  pipe: PIPES_METADATA,
  filter: EXCEPTION_FILTERS_METADATA,
} as const;

type Method = (...args: unknown[]) => unknown;

/**
 * Runs handlers inside the guards, interceptors, pipes and filters of their method and class, in the order routes do. Nest's
 * own `ExternalContextCreator` would add the global ones, which are written for HTTP as a rule; would pass over those of
 * controllers; and would not pipe the payload.
 */
@Injectable()
export class DqEnhancers {
  readonly #guards: GuardsContextCreator;
  readonly #interceptors: InterceptorsContextCreator;
  readonly #pipes: PipesContextCreator;
  readonly #filters: ExternalExceptionFilterContext;
  readonly #guarding = new GuardsConsumer();
  readonly #intercepting = new InterceptorsConsumer();
  readonly #piping = new PipesConsumer();

  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    // Without an ApplicationConfig, which knows the global ones, these need nothing of the container but its modules.
    const container = { getModules: () => modules } as NestContainer;
    this.#guards = new GuardsContextCreator(container);
    this.#interceptors = new InterceptorsContextCreator(container);
    this.#pipes = new PipesContextCreator(container);
    this.#filters = new ExternalExceptionFilterContext(container);
  }

  /**
   * True when the handler has any.
   * @throws DqHandlerError for one that Nest did not make: it would be passed over in silence
   */
  wanted(found: FoundHandler): boolean {
    let wanted = false;
    for (const [kind, key] of Object.entries(KINDS)) {
      for (const enhancer of declared(key, found)) {
        wanted = true;
        if (typeof enhancer === 'function' && !found.host.injectables.has(enhancer))
          throw notMade(kind, enhancer, found);
      }
    }
    return wanted;
  }

  /** The handler of this instance with everything around it; `contextId` where things are made for one job alone. */
  around(instance: object, { methodName, host, wrapper }: FoundHandler, contextId?: ContextId): Handler {
    const method = (instance as Record<string, Method>)[methodName] as Method;
    const at = [instance, method, host.token, contextId, wrapper.id] as const;
    const guards = this.#guards.create(...at);
    const interceptors = this.#interceptors.create(...at);
    const pipes = this.#pipes.create(...at);
    const filters = this.#filters.create(instance, method as never, host.token, contextId, wrapper.id);
    const metatype = parameterTypes(instance, methodName)[0];

    const run = async (args: [unknown, DqJob]): Promise<unknown> => {
      // One at a time, to know which one refuses.
      for (const guard of guards) {
        if (!(await this.#guarding.tryActivate([guard], args, instance, method, DQ_CONTEXT_TYPE))) throw refusal(guard);
      }
      const next = async (): Promise<unknown> => {
        const [data, job] = args;
        const piped = await this.#piping.applyPipes(data, { type: 'body', metatype, data: undefined }, pipes);
        handOn(job, piped);
        return method.call(instance, piped, job);
      };
      const result = this.#intercepting.intercept(interceptors, args, instance, method, next, DQ_CONTEXT_TYPE);
      return settledResult(await result);
    };

    return async (data, job) => {
      try {
        return await run([data, job]);
      } catch (error) {
        // These are outcomes, not failures: a filter that catches everything must not swallow them.
        if (outcomeOfError(error).kind !== 'failed') throw error;
        const context = new ExecutionContextHost([data, job], instance.constructor as never, method);
        context.setType(DQ_CONTEXT_TYPE);
        const outcome = await settledResult(await filters.invokeCustomFilters(error, context));
        if (outcome === undefined || outcome === null) throw error;
        return outcome;
      }
    };
  }
}

/** Without frames: they would be this package's, and say nothing of the guard. */
function refusal(guard: CanActivate): ForbiddenException {
  const name: unknown = guard.constructor?.name;
  const who = typeof name === 'string' && name !== '' && name !== 'Object' ? `Guard ${name}` : 'A guard';
  const error = new ForbiddenException(`${who} refused it`);
  error.stack = String(error);
  return error;
}

function declared(key: string, { wrapper, methodName }: FoundHandler): unknown[] {
  const { instance } = wrapper;
  const method = (instance as Record<string, Method>)[methodName] as Method;
  return [instance.constructor, method].flatMap((on) => (Reflect.getMetadata(key, on) as unknown[] | undefined) ?? []);
}

function parameterTypes(instance: object, methodName: string): readonly (new () => unknown)[] {
  return (Reflect.getMetadata('design:paramtypes', instance, methodName) as undefined | (new () => unknown)[]) ?? [];
}

function notMade(kind: string, enhancer: { readonly name: string }, found: FoundHandler): DqHandlerError {
  return new DqHandlerError(
    `Expected Nest to make the ${kind} ${enhancer.name} of ${titleOf(found)}, but it did not: it makes those of classes among ` +
      `providers and controllers, not of what useValue or useFactory returns. List ${found.className} itself, or give an ` +
      `instance: new ${enhancer.name}().`,
  );
}
