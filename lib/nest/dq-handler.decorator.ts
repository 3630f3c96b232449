import { DqHandlerError } from '../core/errors/argument.errors.js';
import { shown } from '../core/errors/shown.js';
import type { DqRunOptions } from '../core/options/dq-options.js';
import { Marks, type MethodMark, requireLegacyDecorators, requireMethod } from './dq.marks.js';

/** What `@DqHandler` takes besides the tube; each option wins over the tube's own. */
export type DqHandlerOptions = DqRunOptions;

/** A method that runs the jobs of one tube. */
export interface HandlerMark extends MethodMark {
  readonly tube: string;
  readonly options: DqHandlerOptions;
}

/** On the prototypes of classes for all their own methods, and on the methods. */
export const HANDLER_MARKS = new Marks<HandlerMark>('nestjs-dq:handlers');

/**
 * The method runs the jobs of a tube. It gets the payload and the `DqJob`. Returning (a promise, an Observable) completes the
 * job; throwing fails the attempt; see `DqGiveUp` and `DqAgain` for other outcomes. Providers and controllers may have
 * handlers, and a method that runs the jobs of two tubes is decorated twice. A subclass inherits handlers; one that overrides the
 * method decorates it again, or is refused at boot.
 *
 * Guards, interceptors, pipes and filters of the method and its class are applied, with the context type `'dq'`; pipes see
 * the payload. Global ones are not: most of them are written for HTTP. What a filter returns is the outcome, and a filter
 * that returns nothing leaves the attempt failed. A parameter decorator made by `createParamDecorator` gives its parameter; those
 * of routes and messages, such as `@Body()`, are refused at boot.
 *
 * It runs in the asynchronous context (`AsyncLocalStorage`) in which the application was made, not in that of whoever scheduled the job: what a job
 * needs of a request goes into its payload or `headers`.
 *
 * A class of request or transient scope is made anew for each attempt, and can inject the job as `REQUEST`.
 */
export function DqHandler(tube: string, options?: DqHandlerOptions): MethodDecorator;
export function DqHandler(options: DqHandlerOptions & { readonly tube: string }): MethodDecorator;
export function DqHandler(
  first: string | (DqHandlerOptions & { readonly tube: string }),
  options: DqHandlerOptions = {},
): MethodDecorator {
  return (target, key, descriptor) => {
    requireLegacyDecorators('@DqHandler', key);
    const added = split(first, options, () => `${nameOf(target)}.${String(key)}`);
    const mark = { ...added, ...requireMethod(`@DqHandler('${added.tube}')`, target, key, descriptor) };
    // On the class, since another decorator may replace the function; on the function, since a mixin may copy it to another class.
    for (const place of [target, mark.method]) HANDLER_MARKS.add(place, mark);
  };
}

/** @throws DqHandlerError where an untyped caller gave no tube */
function split(first: unknown, options: DqHandlerOptions, title: () => string): Pick<HandlerMark, 'tube' | 'options'> {
  if (typeof first === 'string') return { tube: first, options };
  const isObject = typeof first === 'object' && first !== null && !Array.isArray(first);
  const { tube, ...own } = (isObject ? first : {}) as Readonly<Record<string, unknown>>;
  if (typeof tube === 'string') return { tube, options: own };
  const got = !isObject ? shown(first) : tube === undefined ? 'options without a tube' : `${shown(tube)} as its tube`;
  throw new DqHandlerError(
    `Expected @DqHandler of ${title()} to be given a tube, got ${got}. Write @DqHandler('orders'), or ` +
      "@DqHandler({ tube: 'orders', concurrency: 5 }), with the name of one of your tubes.",
  );
}

function nameOf(target: object): string {
  return (typeof target === 'function' ? target : target.constructor).name;
}
