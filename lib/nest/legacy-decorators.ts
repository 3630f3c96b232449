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
