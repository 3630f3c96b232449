import {
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PIPES_METADATA,
} from '@nestjs/common/constants.js';
import type { Marks, MethodMark } from './dq.marks.js';

/** Where Nest's decorators keep what stands around a method. */
export const ENHANCERS = {
  guard: GUARDS_METADATA,
  interceptor: INTERCEPTORS_METADATA,
  pipe: PIPES_METADATA,
  filter: EXCEPTION_FILTERS_METADATA,
} as const;
const LISTS: ReadonlySet<unknown> = new Set(Object.values(ENHANCERS));

/** A marked method, as a class that has or inherits it has it now. */
export type Marked<Mark extends MethodMark> = Omit<Mark, 'method'> & {
  /** The function that has the metadata of all decorators of the method: not always what an instance has under its name. */
  readonly method: (...args: unknown[]) => unknown;
  /** True when another decorator put a function of its own in the place of the marked one. */
  readonly isReplaced: boolean;
  /** Where the mark is found. */
  readonly place: object;
  /** Whose method it is: another class than `place` where one without a mark overrides it, undefined where it is gone. */
  readonly owner: object | undefined;
};

/**
 * The methods of a class that a decorator marked, with those it inherits; of one name the nearest. The mark stands on the class, and may stand
 * on the function: so a decorator that replaces the function keeps it, and so does a mixin that copies the function.
 */
export function markedMethods<Mark extends MethodMark>(prototype: object, marks: Marks<Mark>): readonly Marked<Mark>[] {
  const chain = prototypesOf(prototype);
  const names = new Set(chain.flatMap((place) => namesOn(place, marks)));
  return [...names].flatMap((name) => marked(chain, name, marks));
}

function marked<Mark extends MethodMark>(
  chain: readonly object[],
  name: string,
  marks: Marks<Mark>,
): readonly Marked<Mark>[] {
  const place = chain.find((one) => marksOn(one, name, marks).length > 0);
  const owner = chain.find((one) => Object.hasOwn(one, name));
  if (place === undefined) return [];
  const present: unknown = owner === undefined ? undefined : Object.getOwnPropertyDescriptor(owner, name)?.value;
  return marksOn(place, name, marks).map((mark) => {
    const isReplaced = present !== mark.method;
    const method = (typeof present === 'function' ? present : mark.method) as Marked<Mark>['method'];
    if (isReplaced && owner === place) copyMetadata(mark.method, method);
    return Object.assign({}, mark, { methodName: name, method, isReplaced, place, owner });
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
function marksOn<Mark extends MethodMark>(place: object, name: string, marks: Marks<Mark>): readonly Mark[] {
  const method: unknown = Object.getOwnPropertyDescriptor(place, name)?.value;
  const carried = typeof method === 'function' ? marks.on(method) : [];
  return [...new Set([...marks.on(place).filter(({ methodName }) => methodName === name), ...carried])];
}

/** Names of a class that have a mark themselves, its own methods' names first. */
function namesOn(place: object, marks: Marks<MethodMark>): readonly string[] {
  const names = [...Object.getOwnPropertyNames(place), ...marks.on(place).map(({ methodName }) => methodName)];
  return names.filter((name) => marksOn(place, name, marks).length > 0);
}

/** The class itself, then what it extends. */
export function prototypesOf(prototype: object): readonly object[] {
  const above = Object.getPrototypeOf(prototype) as object | null;
  return above === null ? [] : [prototype, ...prototypesOf(above)];
}

/** A class as texts name it. A class decorator may have put one without a name above it, and a static member may be called `name`. */
export function classOf(prototype: object | undefined): string {
  for (let at: unknown = prototype?.constructor; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    const name: unknown = at.name;
    if (typeof name === 'string' && name !== '') return name;
  }
  return 'a class';
}
