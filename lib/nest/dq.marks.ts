import { DqHandlerError } from '../core/errors/argument.errors.js';

/**
 * Nest reads what TypeScript's own decorators leave. A compiler that was not told so calls them as standard ones (TC39), with the
 * decorated value and a context in the place of a class and a name.
 * @throws DqHandlerError
 */
export function requireLegacyDecorators(decorator: string, second: unknown): void {
  if (typeof second !== 'object' || second === null || !('kind' in second)) return;
  const { kind, name } = second as { readonly kind: unknown; readonly name?: unknown };
  throw new DqHandlerError(
    `Expected ${decorator} to be compiled as TypeScript's own decorator, which Nest needs, got a standard (TC39) one on the ${String(kind)} ` +
      `${String(name)}. Set "experimentalDecorators": true and "emitDecoratorMetadata": true under compilerOptions in tsconfig.json ` +
      '(with swc: legacyDecorator and decoratorMetadata under jsc.transform in .swcrc).',
  );
}

/** What a decorator leaves of a method. */
export interface MethodMark {
  readonly methodName: string;
  /** The function that was decorated. Another decorator may have put its own in its place since. */
  readonly method: object;
  /** The prototype of the class that has the decorator in its source. */
  readonly declaring: object;
}

/**
 * A decorated method of a class's instances.
 * @throws DqHandlerError for anything else: nobody would find it there
 */
export function requireMethod(
  decorator: string,
  target: object,
  key: string | symbol,
  descriptor: unknown,
): MethodMark {
  // JavaScript can decorate a property, and then passes no descriptor.
  const method: unknown = (descriptor as { readonly value?: unknown } | undefined)?.value;
  if (typeof method === 'function' && typeof target === 'object' && typeof key === 'string')
    return { methodName: key, method, declaring: target };
  throw new DqHandlerError(
    `Expected ${decorator} on a method of a class's instances, got ${String(key)}. It would never be called.`,
  );
}

/** What one decorator leaves, under a string: so it is found whichever copy of this package decorated. */
export class Marks<Mark> {
  constructor(readonly key: string) {}

  add(place: object, mark: Mark): void {
    Reflect.defineMetadata(this.key, [...this.on(place), mark], place);
  }

  /** On this place itself; empty when the decorator left nothing there. */
  on(place: object): readonly Mark[] {
    return (Reflect.getOwnMetadata(this.key, place) as readonly Mark[] | undefined) ?? [];
  }
}
