// @ts-check

/** @typedef {import('./load/profile.mjs').Profiles} Profiles */
/** @typedef {{ functionName: string, url: string, lineNumber: number }} Frame */

const MOST = 30;
const NOT_WORK = new Set(['(idle)', '(program)', '(root)']);

/**
 * Where a process spent its time, idle time left out, and what it allocated: the functions with most of either. What native
 * functions and those of Node spend is charged to the function of a package that called them.
 *
 * @param {Profiles} profiles
 */
export function hotFunctions({ cpu, heap }) {
  const byId = new Map(cpu.nodes.map((node) => [node.id, node]));
  const parents = new Map(cpu.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const [own, charged] = [new Sums(), new Sums()];
  let idle = 0;
  cpu.samples?.forEach((id, at) => {
    const spent = cpu.timeDeltas?.[at] ?? 0;
    let node = byId.get(id);
    if (node === undefined) return;
    if (NOT_WORK.has(node.callFrame.functionName)) {
      idle += spent;
      return;
    }
    own.add(nameOf(node.callFrame), spent);
    for (let up = parents.get(id); !isOfPackage(node.callFrame) && up !== undefined; up = parents.get(up)) {
      const above = byId.get(up);
      if (above === undefined || above.callFrame.functionName === '(root)') break;
      node = above;
    }
    charged.add(nameOf(node.callFrame), spent);
  });
  const allocated = new Sums();
  collect(heap.head, nameOf(heap.head.callFrame), allocated);
  const idlePart = ((100 * idle) / (idle + own.total)).toFixed(0);
  return [
    `Own time (of the time not idle; idle ${idlePart} %):`,
    own.table,
    'Time with what is native or of Node charged to its caller:',
    charged.table,
    'Bytes allocated:',
    allocated.table,
  ].join('\n');
}

class Sums {
  #sums = new Map();
  total = 0;

  /** @param {string} name @param {number} value */
  add(name, value) {
    this.#sums.set(name, (this.#sums.get(name) ?? 0) + value);
    this.total += value;
  }

  get table() {
    return [...this.#sums]
      .toSorted(([, left], [, right]) => right - left)
      .slice(0, MOST)
      .map(([name, value]) => `${((100 * value) / this.total).toFixed(1).padStart(6)} %  ${name}`)
      .join('\n');
  }
}

/**
 * @param {import('node:inspector').HeapProfiler.SamplingHeapProfileNode} node
 * @param {string} charged
 * @param {Sums} sums
 */
function collect({ callFrame, selfSize, children }, charged, sums) {
  const name = isOfPackage(callFrame) ? nameOf(callFrame) : charged;
  if (selfSize > 0) sums.add(name, selfSize);
  for (const child of children) collect(child, name, sums);
}

/** @param {Frame} frame */
function isOfPackage({ url }) {
  return url.startsWith('file:');
}

/** @param {Frame} frame */
function nameOf({ functionName, url, lineNumber }) {
  const short = url
    .replace(/^.*\/node_modules\//, '')
    .replace(/^.*\/bench-\w+\//, 'dist/')
    .replace(/^.*\/bench\//, 'bench/');
  return `${functionName || '(anonymous)'}${short === '' ? '' : ` ${short}:${lineNumber + 1}`}`;
}
