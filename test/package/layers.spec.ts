// Who imports whom. A circle, be it of types alone, means that none of its files can be read, tested or replaced without all others.
import { readdir, readFile } from 'node:fs/promises';
import { posix, join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { root } from '../../scripts/root.mjs';

const FOLDERS = ['lib', 'harness', 'simulation', 'faults', 'bench', 'sample-app'];

/** From the bottom up: a folder imports from itself and from lower lines. What stands in one line does not know each other. */
const LAYERS: readonly (readonly string[])[] = [
  ['lib/core/base'],
  ['lib/core/errors'],
  ['lib/core/wire'],
  ['lib/core/claims', 'lib/core/cluster'],
  ['lib/core/beanstalkd', 'lib/core/redis'],
  ['lib/core/options'],
  ['lib/core/consumer', 'lib/core/inspector'],
  ['lib/core/layers', 'lib/core/health'],
  ['lib/core/producer'],
  ['lib/core'],
  ['lib/embedded'],
  ['lib/nest'],
  ['lib/cron/spec'],
  ['lib/cron'],
  ['lib/testing', 'lib'],
  ['lib/otel', 'lib/health', 'lib/dashboard'],
  ['lib/cli/base'],
  ['lib/cli/commands', 'lib/cli/doctor', 'lib/cli/cluster'],
  ['lib/cli'],
];

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** What a file imports or exports from its own package, types included. */
function importsOf(file: string, text: string): string[] {
  const found = text.matchAll(/^(?:import|export|\})[^'\n]*'(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm);
  return Array.from(found, ([, named, called]) =>
    posix.join(posix.dirname(file), named ?? called ?? '').replace(/\.js$/, '.ts'),
  );
}

function graphOf(texts: ReadonlyMap<string, string>): Graph {
  const known = ([file, text]: readonly [string, string]): [string, Set<string>] => [
    file,
    new Set(importsOf(file, text).filter((other) => texts.has(other))),
  ];
  return new Map([...texts].map(known));
}

function foldersOf(files: Graph): Graph {
  const folders = new Map<string, Set<string>>();
  for (const [file, others] of files) {
    const folder = posix.dirname(file);
    const to = folders.get(folder) ?? new Set();
    folders.set(folder, to);
    for (const other of others) if (posix.dirname(other) !== folder) to.add(posix.dirname(other));
  }
  return folders;
}

/** Everything that leads back to itself, each circle's members together and in order. */
function circlesOf(graph: Graph): string[][] {
  const reach = (from: string): Set<string> => {
    const seen = new Set<string>();
    const next = [...(graph.get(from) ?? [])];
    for (let at = next.pop(); at !== undefined; at = next.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      next.push(...(graph.get(at) ?? []));
    }
    return seen;
  };
  const reached = new Map([...graph.keys()].map((from) => [from, reach(from)]));
  const circles = new Map<string, string[]>();
  for (const [from, all] of reached) {
    if (!all.has(from)) continue;
    const circle = [...all].filter((other) => reached.get(other)?.has(from)).toSorted();
    circles.set(circle.join(), circle);
  }
  return [...circles.values()];
}

function layerOf(file: string): { readonly name: string; readonly height: number } {
  const holding = LAYERS.flatMap((names, height) => names.map((name) => ({ name, height }))).filter(({ name }) =>
    file.startsWith(`${name}/`),
  );
  const [layer] = holding.toSorted((one, other) => other.name.length - one.name.length);
  if (layer === undefined) throw new Error(`expected ${file} to be in one of the layers`);
  return layer;
}

let files: Graph;

beforeAll(async () => {
  const texts = new Map<string, string>();
  for (const folder of FOLDERS) {
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      const file = posix.join(folder, name);
      if (name.endsWith('.ts') && !/dist\/|node_modules\//.test(name))
        texts.set(file, await readFile(join(root, file), 'utf8'));
    }
  }
  files = graphOf(texts);
});

describe('the imports of this package', () => {
  it('are all seen, those of types too', () => {
    expect([...(files.get('lib/core/options/resolved-options.ts') ?? [])].toSorted()).toEqual([
      'lib/core/base/events.ts',
      'lib/core/claims/claim-store.ts',
      'lib/core/options/dq-options.ts',
      'lib/core/redis/redis-source.ts',
      'lib/core/wire/backoff.ts',
      'lib/core/wire/codec.ts',
      'lib/core/wire/endpoint.ts',
      'lib/core/wire/expiry.ts',
      'lib/core/wire/priority.ts',
    ]);
  });

  it('lead from no file back to it', () => {
    expect(circlesOf(files)).toEqual([]);
  });

  it('lead from no folder back to it', () => {
    expect(circlesOf(foldersOf(files))).toEqual([]);
  });

  it('of lib lead down', () => {
    const wrong = [...files]
      .filter(([file]) => file.startsWith('lib/'))
      .flatMap(([file, others]) => [...others].map((other) => [file, other] as const))
      .filter(([file, other]) => {
        const [from, to] = [layerOf(file), layerOf(other)];
        return from.name !== to.name && from.height <= to.height;
      });
    expect(wrong.map(([file, other]) => `${file} -> ${other}`)).toEqual([]);
  });

  it.each([
    ['a value', "import { b } from './b.js';"],
    ['a type', "import type { B } from './b.js';"],
    ['a type among values', "import { a, type B } from './b.js';"],
    ['more than one line', 'import {\n  a,\n  b,\n} from "./b.js";'.replaceAll('"', "'")],
    ['what is only passed on', "export * from './b.js';"],
    ['a type in its place', "const b = 1 as import('./b.js').B;"],
  ])('make a circle when it is of %s', (_what, text) => {
    const graph = graphOf(
      new Map([
        ['a/a.ts', text],
        ['a/b.ts', "import { c } from '../c/c.js';"],
        ['c/c.ts', "import type { A } from '../a/a.js';"],
        ['c/d.ts', "import type { A } from '../a/a.js';"],
      ]),
    );
    expect(circlesOf(graph)).toEqual([['a/a.ts', 'a/b.ts', 'c/c.ts']]);
    expect(circlesOf(foldersOf(graph))).toEqual([['a', 'c']]);
  });
});
