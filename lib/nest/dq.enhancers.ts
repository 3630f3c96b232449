import {
  type ArgumentMetadata,
  type CanActivate,
  ForbiddenException,
  Inject,
  Injectable,
  type PipeTransform,
} from '@nestjs/common';
import { type ApplicationConfig, type ContextId, ModuleRef, ModulesContainer, type NestContainer } from '@nestjs/core';
import { ExternalExceptionFilterContext } from '@nestjs/core/exceptions/external-exception-filter-context.js';
import { GuardsConsumer } from '@nestjs/core/guards/guards-consumer.js';
import { GuardsContextCreator } from '@nestjs/core/guards/guards-context-creator.js';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { InterceptorsConsumer } from '@nestjs/core/interceptors/interceptors-consumer.js';
import { InterceptorsContextCreator } from '@nestjs/core/interceptors/interceptors-context-creator.js';
import { PipesConsumer } from '@nestjs/core/pipes/pipes-consumer.js';
import { PipesContextCreator } from '@nestjs/core/pipes/pipes-context-creator.js';
import { type DqJob, handOn } from '../core/consumer/dq-job.js';
import { outcomeOfError } from '../core/consumer/outcome.js';
import type { Handler } from '../core/consumer/run.js';
import { DqHandlerError } from '../core/errors/argument.errors.js';
import { shown } from '../core/errors/shown.js';
import { type FoundHandler, titleOf } from './dq.explorer.js';
import { ENHANCERS } from './dq.marked-methods.js';
import { moduleEnhancers } from './dq.module-enhancers.js';
import type { DqModuleOptions } from './dq.module-options.js';
import { decoratedParameters } from './dq.parameters.js';
import { DQ_MODULE_OPTIONS } from './dq.tokens.js';
import { isObservable, lastValueFrom, type Observable } from 'rxjs';

/** What `ExecutionContext.getType()` says in guards, interceptors and filters around a handler. */
export const DQ_CONTEXT_TYPE = 'dq';

type Method = (...args: unknown[]) => unknown;
type Creators = ReturnType<typeof creatorsOf>;

/**
 * Runs handlers inside the guards, interceptors, pipes and filters of their method and class, in the order routes do. Nest's
 * own `ExternalContextCreator` would add the global ones, which are written for HTTP as a rule; would pass over those of
 * controllers; and would not pipe the payload.
 */
@Injectable()
export class DqEnhancers {
  readonly #given: DqModuleOptions;
  readonly #moduleRef: ModuleRef;
  readonly #container: NestContainer;
  readonly #guarding = new GuardsConsumer();
  readonly #intercepting = new InterceptorsConsumer();
  readonly #piping = new PipesConsumer();
  #creators: Creators;

  constructor(
    @Inject(DQ_MODULE_OPTIONS) given: DqModuleOptions,
    @Inject(ModuleRef) moduleRef: ModuleRef,
    @Inject(ModulesContainer) modules: ModulesContainer,
  ) {
    this.#given = given;
    this.#moduleRef = moduleRef;
    // Without an ApplicationConfig, which knows the global ones, Nest's creators need nothing of the container but its modules.
    this.#container = { getModules: () => modules } as NestContainer;
    this.#creators = creatorsOf(this.#container);
  }

  /** Makes those of the module's options, which are around all handlers from now on. @throws DqOptionsError */
  async init(): Promise<void> {
    const { enhancers } = this.#given;
    if (enhancers === undefined) return;
    this.#creators = creatorsOf(this.#container, await moduleEnhancers(enhancers, this.#moduleRef));
  }

  /**
   * True when the handler has any, or parameters with decorators.
   * @throws DqHandlerError for one that Nest did not make: it would be passed over in silence; and for a decorator of a parameter
   * that has no meaning for a job
   */
  wanted(found: FoundHandler): boolean {
    const parameters = decoratedParameters(found);
    const all = Object.entries(ENHANCERS).flatMap(([kind, key]) =>
      declared(key, found).map((enhancer) => ({ kind, enhancer })),
    );
    all.push(...parameters.flatMap(({ pipes }) => pipes.map((enhancer) => ({ kind: 'pipe', enhancer }))));
    for (const { kind, enhancer } of all) {
      if (typeof enhancer === 'function' && !found.host.injectables.has(enhancer)) throw notMade(kind, enhancer, found);
    }
    return this.#given.enhancers !== undefined || all.length > 0 || parameters.length > 0;
  }

  /** The handler of this instance with everything around it; `contextId` where things are made for one job alone. */
  around(instance: object, found: FoundHandler, contextId?: ContextId): Handler {
    const { methodName, method, classRef, declaring, host, wrapper } = found;
    const at = [instance, method, host.token, contextId, wrapper.id] as const;
    const creators = this.#creators;
    const guards = creators.guards.create(...at);
    const interceptors = creators.interceptors.create(...at);
    const pipes = creators.pipes.create(...at);
    const filters = creators.filters.create(instance, method as never, host.token, contextId, wrapper.id);
    const types = parameterTypes(declaring, methodName);
    const parameters = decoratedParameters(found).map((parameter) => {
      const own = creators.pipes.createConcreteContext(parameter.pipes as PipeTransform[], contextId, wrapper.id);
      const all: PipeTransform[] = [...pipes, ...own];
      return [parameter, all] as const;
    });
    const isPayloadPiped = !parameters.some(([{ index }]) => index === 0);

    const argumentsOf = async (data: unknown, job: DqJob): Promise<readonly unknown[]> => {
      const args: unknown[] = [data, job];
      if (isPayloadPiped) {
        args[0] = await this.#piping.applyPipes(data, { type: 'body', metatype: types[0], data: undefined }, pipes);
        handOn(job, args[0]);
      }
      const context = contextOf(data, job);
      for (const [{ index, factory, data: own, schema }, all] of parameters) {
        const about = { type: 'custom', metatype: types[index], data: own, schema } as ArgumentMetadata;
        args[index] = await this.#piping.applyPipes(await factory(own, context), about, all);
      }
      return args;
    };
    const run = async (data: unknown, job: DqJob): Promise<unknown> => {
      const args = [data, job];
      // One at a time, to know which one refuses.
      for (const guard of guards) {
        if (!(await this.#guarding.tryActivate([guard], args, instance, method, DQ_CONTEXT_TYPE))) throw refusal(guard);
      }
      // What an interceptor changed in its arguments is what the handler gets.
      const next = async (): Promise<unknown> =>
        methodOf(instance, found).apply(instance, [...(await argumentsOf(args[0], args[1] as DqJob))]);
      const result = this.#intercepting.intercept(interceptors, args, instance, method, next, DQ_CONTEXT_TYPE);
      return settledResult(await result);
    };
    const contextOf = (data: unknown, job: DqJob): ExecutionContextHost => {
      const context = new ExecutionContextHost([data, job], classRef, method);
      context.setType(DQ_CONTEXT_TYPE);
      return context;
    };

    return async (data, job) => {
      try {
        return await run(data, job);
      } catch (error) {
        // These are outcomes, not failures: a filter that catches everything must not swallow them.
        if (outcomeOfError(error).kind !== 'failed') throw error;
        const outcome = await settledResult(await filters.invokeCustomFilters(error, contextOf(data, job)));
        if (outcome === undefined || outcome === null) throw error;
        return outcome;
      }
    };
  }
}

/** Nest's own; `config` has what is around all of them. */
function creatorsOf(container: NestContainer, config?: ApplicationConfig) {
  return {
    guards: new GuardsContextCreator(container, config),
    interceptors: new InterceptorsContextCreator(container, config),
    pipes: new PipesContextCreator(container, config),
    filters: new ExternalExceptionFilterContext(container, config),
  };
}

/** The method as it is now: looked up for each job, so that a test may spy on it. @throws DqHandlerError */
export function methodOf(instance: object, found: FoundHandler): Method {
  const method: unknown = (instance as Readonly<Record<string, unknown>>)[found.methodName];
  if (typeof method === 'function') return method as Method;
  throw new DqHandlerError(
    `Expected ${titleOf(found)} to be a method of what was made for this job, got ${shown(method)}.`,
  );
}

/** Without frames: they would be this package's, and say nothing of the guard. */
function refusal(guard: CanActivate): ForbiddenException {
  const name: unknown = guard.constructor?.name;
  const who = typeof name === 'string' && name !== '' && name !== 'Object' ? `Guard ${name}` : 'A guard';
  const error = new ForbiddenException(`${who} refused it`);
  error.stack = String(error);
  return error;
}

function declared(key: string, { classRef, method }: FoundHandler): unknown[] {
  return [classRef, method].flatMap((on) => (Reflect.getMetadata(key, on) as unknown[] | undefined) ?? []);
}

function parameterTypes(declaring: object, methodName: string): readonly (new () => unknown)[] {
  return (
    (Reflect.getOwnMetadata('design:paramtypes', declaring, methodName) as undefined | (new () => unknown)[]) ?? []
  );
}

function notMade(kind: string, enhancer: { readonly name: string }, found: FoundHandler): DqHandlerError {
  const why = found.isReplaced
    ? `another decorator replaced the method and left what stands below it behind. Write that decorator below the ${kind}`
    : `it makes those of classes among providers and controllers, not of what useValue or useFactory returns. List ${found.className} itself`;
  return new DqHandlerError(
    `Expected Nest to make the ${kind} ${enhancer.name} of ${titleOf(found)}, but it did not: ${why}, or give an ` +
      `instance: new ${enhancer.name}().`,
  );
}

/** What a handler returned, in the form the core waits for: as in a Nest route, an Observable ends with its last value. */
export function settledResult(result: unknown): unknown {
  return streams(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}

/** False also for what cannot be looked at: whether it can be waited for is the core's to find out. */
function streams(result: unknown): result is Observable<unknown> {
  try {
    return isObservable(result);
  } catch {
    return false;
  }
}
