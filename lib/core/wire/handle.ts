import { types } from 'node:util';
import { DqHandleError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';

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

const COPY = /^([^/,\s]+)\/([^/,\s]{1,200})\/(\d{1,16})$/;
const ID = /^[^/,\s]{1,128}$/;

/** `endpoint/tube/number,...,id`: what `delay()` returns. */
export function formatHandle(copies: readonly HandleCopy[], id: string): string {
  let text = '';
  for (const copy of copies) text += `${copy.endpoint}/${copy.tube}/${copy.number},`;
  return text + id;
}

/** Reads a handle of this package or a job id of dq, or throws {@link DqHandleError}. */
export function parseHandle(text: unknown): Handle {
  if (typeof text !== 'string') throw notAHandle(text);
  const copies: HandleCopy[] = [];
  let id: string | undefined;
  for (const part of text.split(',')) {
    const match = COPY.exec(part);
    if (id !== undefined) throw notAHandle(text);
    if (match) copies.push({ endpoint: match[1] as string, tube: match[2] as string, number: Number(match[3]) });
    else if (ID.test(part)) id = part;
    else throw notAHandle(text);
  }
  const tube = copies[0]?.tube;
  if (tube === undefined || copies.some((copy) => copy.tube !== tube || !Number.isSafeInteger(copy.number))) {
    throw notAHandle(text);
  }
  return { tube, copies, id };
}

function notAHandle(text: unknown): DqHandleError {
  const advice = types.isPromise(text) ? 'Did you forget await?' : 'Store it whole.';
  return new DqHandleError(
    `Expected a handle as delay() returned it (endpoint/tube/number,...,id), got ${shown(text)}. ${advice}`,
  );
}
