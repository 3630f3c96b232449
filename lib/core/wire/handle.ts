import { types } from 'node:util';
import { DqHandleError } from '../errors/argument.errors.js';
import { listed, shown } from '../errors/shown.js';
import { isJobId } from './job-id.js';

/** Where one copy was written. The number means something only while that node's process lives. */
export interface HandleCopy {
  readonly endpoint: string;
  readonly tube: string;
  readonly number: number;
}

/** What a handle says. `id` is the job id, or the md5 of a plain body; dq's own strings have none. */
export interface Handle {
  readonly tube: string;
  readonly copies: readonly HandleCopy[];
  readonly id: string | undefined;
}

const COPY = /^([^/,\s]+)\/([^/,\s]{1,200})\/([1-9]\d{0,15})$/;
/** More than any name of a host, a port, a tube, a number, and what stands between them. */
const LONGEST_COPY = 512;
const LONGEST_ID = 128;
/** Where it is not known how many nodes there are. */
const MANY_NODES = 64;

/** `endpoint/tube/number,...,id`: what `delay()` returns. */
export function formatHandle(copies: readonly HandleCopy[], id: string): string {
  let text = '';
  for (const copy of copies) text += `${copy.endpoint}/${copy.tube}/${copy.number},`;
  return text + id;
}

/**
 * Reads a handle of this package or a job id of dq, or throws {@link DqHandleError}. Of an installation with `nodes` each copy is on a
 * node of its own. It comes from outside: its id is checked as every id is, since it becomes part of a key, and its length before
 * anything else.
 */
export function parseHandle(text: unknown, nodes?: readonly string[]): Handle {
  if (typeof text !== 'string') throw notAHandle(text);
  const longest = longestHandle(nodes);
  if (text.length > longest) {
    throw new DqHandleError(
      `Expected a handle as delay() returned it, of at most ${longest} characters here, got ${text.length}. Store it whole and alone.`,
    );
  }
  const parts = text.split(',');
  const last = parts.at(-1) as string;
  const id = COPY.test(last) ? undefined : last;
  if (id !== undefined) {
    parts.pop();
    if (!isJobId(id)) throw notAHandle(text);
  }
  const copies = parts.map((part) => readCopy(part, text));
  const tube = copies[0]?.tube;
  if (tube === undefined || copies.some((copy) => copy.tube !== tube)) throw notAHandle(text);
  if (nodes !== undefined) checkNodes(copies, nodes);
  return { tube, copies, id };
}

function longestHandle(nodes: readonly string[] | undefined): number {
  const names = nodes?.reduce((sum, { length }) => sum + length, 0) ?? 0;
  return names + (nodes?.length ?? MANY_NODES) * LONGEST_COPY + LONGEST_ID;
}

function readCopy(part: string, text: string): HandleCopy {
  const [, endpoint, tube, digits] = COPY.exec(part) ?? [];
  const number = Number(digits);
  if (endpoint === undefined || tube === undefined || !Number.isSafeInteger(number)) throw notAHandle(text);
  return { endpoint, tube, number };
}

function checkNodes(copies: readonly HandleCopy[], nodes: readonly string[]): void {
  const seen = new Set<string>();
  for (const { endpoint } of copies) {
    if (!nodes.includes(endpoint)) {
      throw new DqHandleError(
        `Expected a handle of this installation, whose nodes are ${listed(nodes)}, got one with a copy on ` +
          `${shown(endpoint)}. Does it come from another installation, or is the node spelt differently? One that was removed has to ` +
          'stay listed until its jobs have run.',
      );
    }
    if (seen.has(endpoint)) {
      throw new DqHandleError(
        `Expected a handle with one copy on each node, got two on ${endpoint}. Store it as it came.`,
      );
    }
    seen.add(endpoint);
  }
}

function notAHandle(text: unknown): DqHandleError {
  const advice = types.isPromise(text) ? 'Did you forget await?' : 'Store it whole.';
  return new DqHandleError(
    `Expected a handle as delay() returned it (endpoint/tube/number,...,id), got ${shown(text)}. ${advice}`,
  );
}
