import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FactoryProvider, Scope, type Type } from '@nestjs/common';
import { DqOptionsError } from '../core/errors/argument.errors.js';

interface Copy {
  /** Where its code stands: the same when a test runner loads one copy anew. Undefined when no stack tells. */
  readonly place: string | undefined;
  /** Its classes that are tokens: no other copy provides them. */
  readonly tokens: Readonly<Record<keyof typeof NAMES, Type>>;
}

/** What users have in their code where they mean one of them. */
const NAMES = { producer: 'DqProducer', inspector: 'DqInspector', runtime: 'DqModule' } as const;
/** From this file's folder to that of the package; releases differ in it. */
const TO_PACKAGE = ['.', '..', '../..'] as const;
const COPIES = Symbol.for('nestjs-dq:copies');
const PLACE = /(?:\(|at (?:async )?)((?:file:\/\/|\/|[A-Za-z]:[\\/])[^()]*:\d+:\d+)\)?$/;

const copies = ((globalThis as { [COPIES]?: Copy[] })[COPIES] ??= []);
let own: Copy | undefined;

/** Makes this copy known to others. Called once, when it is loaded. */
export function registerCopy(tokens: Copy['tokens']): void {
  // Not import.meta: test runners compile the package to CommonJS.
  const frame = String(new Error('where').stack).split('\n')[1] ?? '';
  own = { place: PLACE.exec(frame)?.[1], tokens };
  copies.push(own);
}

/** What an operator should know when there is more than one; undefined otherwise. */
export function copiesWarning(): string | undefined {
  const places = [...new Set(copies.map(({ place }) => place))];
  if (places.length < 2) return undefined;
  return (
    `Expected one copy of nestjs-dq in this process, got ${places.length}: ${places.map(described).join(', ')}. A DqProducer or DqInspector ` +
    'of one is not injected by the class of another. npm ls nestjs-dq shows who brings them; let libraries name it as a peer dependency.'
  );
}

/** Providers of the classes of other copies, which refuse whoever asks for them: Nest itself would say that it knows no `DqProducer`. */
export function foreignProviders(...kinds: readonly (keyof typeof NAMES)[]): FactoryProvider[] {
  return copies
    .filter((copy) => copy !== own)
    .flatMap(({ tokens }) =>
      kinds.map((kind) => ({
        provide: tokens[kind],
        // Made only for those who inject it.
        scope: Scope.TRANSIENT,
        useFactory: () => {
          throw new DqOptionsError(
            `Expected what is injected to come from the copy of nestjs-dq that DqModule.forRoot comes from, got ${NAMES[kind]} of another ` +
              `one. ${copiesWarning() ?? ''} Or inject by name: @InjectDqProducer('orders') is the same in all copies.`,
          );
        },
      })),
    );
}

function described(place: string | undefined): string {
  if (place === undefined) return 'at an unknown place';
  const file = place.replace(/:\d+:\d+$/, '');
  return TO_PACKAGE.map((up) => packageAt(file, up)).find((found) => found !== undefined) ?? file;
}

/** The version and folder of the package; undefined where a bundler put the code elsewhere. */
function packageAt(file: string, up: string): string | undefined {
  try {
    const folder = join(dirname(file.startsWith('file:') ? fileURLToPath(file) : file), up);
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const { name, version } = manifest as { readonly name?: string; readonly version?: string };
    return name === 'nestjs-dq' && version !== undefined ? `${version} at ${folder}` : undefined;
  } catch {
    // There is none. And a stack may write anything: a warning must not end the boot.
    return undefined;
  }
}
