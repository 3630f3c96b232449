import type { ExecutionContext, Type } from '@nestjs/common';
import {
  CUSTOM_ROUTE_ARGS_METADATA,
  ROUTE_ARGS_METADATA,
  SELF_DECLARED_DEPS_METADATA,
} from '@nestjs/common/constants.js';
import { DqHandlerError } from '../core/errors/argument.errors.js';
import { type FoundHandler, titleOf } from './dq.explorer.js';

/** What `createParamDecorator` leaves of one parameter. */
export interface DecoratedParameter {
  /** 0 is the first. */
  readonly index: number;
  /** What the decorator was given. */
  readonly data: unknown;
  readonly factory: (data: unknown, context: ExecutionContext) => unknown;
  /** Of this parameter alone; classes among them are made by Nest. */
  readonly pipes: readonly unknown[];
  /** Since Nest 12. */
  readonly schema?: unknown;
}

/**
 * The parameters of a handler that have decorators. A parameter without one has what its place says: the payload, then the job.
 * @throws DqHandlerError for decorators of routes and messages, which know no job, and for `@Inject`, which Nest does not look at
 * there: such a parameter would get what its place says
 */
export function decoratedParameters(found: FoundHandler): readonly DecoratedParameter[] {
  const { declaring, methodName } = found;
  const injected = Reflect.getOwnMetadata(SELF_DECLARED_DEPS_METADATA, declaring) as
    readonly { readonly index: number }[] | undefined;
  if (injected?.[0] !== undefined) {
    throw refused(found, injected[0].index, 'without @Inject, which belongs to constructors and properties');
  }
  const all = Object.entries(
    (Reflect.getOwnMetadata(ROUTE_ARGS_METADATA, declaring.constructor, methodName) ?? {}) as Readonly<
      Record<string, Partial<DecoratedParameter>>
    >,
  );
  return all.map(([key, { index = 0, data, factory, pipes = [], schema }]) => {
    if (typeof factory !== 'function' || !key.includes(CUSTOM_ROUTE_ARGS_METADATA)) {
      throw refused(found, index, 'without a decorator of routes or messages, such as @Body, @Payload or @Query');
    }
    return { index, data, factory, pipes: pipes.filter(Boolean), schema };
  });
}

function refused(found: FoundHandler, index: number, wanted: string): DqHandlerError {
  const declared = (found.declaring.constructor as Type).name;
  const where = declared === found.className ? '' : ` (declared in ${declared})`;
  return new DqHandlerError(
    `Expected parameter ${index + 1} of ${titleOf(found)}${where} ${wanted}: it would have no effect on a job. A handler gets the ` +
      'payload and the job by position; a decorator made by createParamDecorator may take from the context what it needs.',
  );
}
