import {
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PIPES_METADATA,
} from '@nestjs/common/constants.js';
import { HANDLER_MARKS, type HandlerMark } from './dq-handler.decorator.js';
import { DqHandlerError } from '../core/errors/argument.errors.js';

/** Where Nest's decorators keep what stands around a method. */
export const ENHANCERS = {
  guard: GUARDS_METADATA,
  interceptor: INTERCEPTORS_METADATA,
  pipe: PIPES_METADATA,
  filter: EXCEPTION_FILTERS_METADATA,
} as const;
const LISTS: ReadonlySet<unknown> = new Set(Object.values(ENHANCERS));

/** A method of a class that `@DqHandler` marked, for one tube. */
export interface MarkedMethod extends Omit<HandlerMark, 'method'> {
  /** The function that has the metadata of all decorators of the method: not always what an instance has under its name. */
  readonly method: (...args: unknown[]) => unknown;
  /** True when another decorator put a function of its own in the place of the marked one. */
  readonly isReplaced: boolean;
}

/**
 * The marked methods of a class, with those it inherits. The mark stands on the class and on the function: so a decorator that
 * replaces the function keeps it, and so does a mixin that copies the function.
 * @throws DqHandlerError for a method that overrides a marked one without a mark of its own: nobody would run the tube's jobs
 */
export function markedMethods(prototype: object): readonly MarkedMethod[] {
  const chain = prototypesOf(prototype);
  const names = new Set(chain.flatMap((place) => namesOn(place)));
  return [...names].flatMap((name) => marked(chain, name));
}

function marked(chain: readonly object[], name: string): readonly MarkedMethod[] {
  const owner = chain.find((place) => Object.hasOwn(place, name));
  const marks = owner === undefined ? [] : marksOn(owner, name);
  if (marks.length === 0) refuseOverride(chain, name, owner);
  const present: unknown = owner === undefined ? undefined : Object.getOwnPropertyDescriptor(owner, name)?.value;
  return marks.map((mark) => {
    const isReplaced = present !== mark.method;
    const method = typeof present === 'function' ? present : mark.method;
    if (isReplaced) copyMetadata(mark.method, method);
    const { tube, options, declaring } = mark;
    return { tube, options, declaring, methodName: name, method: method as MarkedMethod['method'], isReplaced };
  });
}

/** Whoever replaced the function may have left the metadata of guards, roles and the like behind. May be done again. */
function copyMetadata(from: object, to: object): void {
  for (const key of Reflect.getOwnMetadataKeys(from) as readonly unknown[]) {
    const left: unknown = Reflect.getOwnMetadata(key, from);
    const kept: unknown = Reflect.getOwnMetadata(key, to);
    if (kept === undefined) Reflect.defineMetadata(key, left, to);
    else if (LISTS.has(key)) {
      const above = kept as readonly unknown[];
      const below = (left as readonly unknown[]).filter((enhancer) => !above.includes(enhancer));
      Reflect.defineMetadata(key, [...below, ...above], to);
    }
  }
}

/** The marks of one method of one class; those of its function may be the same, or come from another class. */
function marksOn(place: object, name: string): readonly HandlerMark[] {
  const method: unknown = Object.getOwnPropertyDescriptor(place, name)?.value;
  const carried = typeof method === 'function' ? HANDLER_MARKS.on(method) : [];
  return [...new Set([...HANDLER_MARKS.on(place).filter(({ methodName }) => methodName === name), ...carried])];
}

/** Names of a class that have a mark themselves, its own methods' names first. */
function namesOn(place: object): readonly string[] {
  const names = [...Object.getOwnPropertyNames(place), ...HANDLER_MARKS.on(place).map(({ methodName }) => methodName)];
  return names.filter((name) => marksOn(place, name).length > 0);
}

/** The class itself, then what it extends. */
export function prototypesOf(prototype: object): readonly object[] {
  const above = Object.getPrototypeOf(prototype) as object | null;
  return above === null ? [] : [prototype, ...prototypesOf(above)];
}

function refuseOverride(chain: readonly object[], name: string, owner: object | undefined): never {
  const [over] = chain.flatMap((place) => marksOn(place, name));
  const base = classOf(over?.declaring);
  const remedy = `Write @DqHandler('${over?.tube}') above it too, or give it another name.`;
  throw owner === undefined
    ? new DqHandlerError(
        `Expected ${base}.${name}, which @DqHandler marks, to stay a method of its class, but it is gone.`,
      )
    : new DqHandlerError(
        `Expected ${classOf(owner)}.${name} to have @DqHandler, since it overrides ${base}.${name}, which runs the jobs of tube ` +
          `"${over?.tube}". ${remedy}`,
      );
}

/** A class as texts name it. A class decorator may have put one without a name above it, and a static member may be called `name`. */
export function classOf(prototype: object | undefined): string {
  for (let at: unknown = prototype?.constructor; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    const name: unknown = at.name;
    if (typeof name === 'string' && name !== '') return name;
  }
  return 'a class';
}
