import { visible } from '../../core/errors/shown.js';

const BETWEEN = '  ';
/** Signs that a terminal may obey, or that change how a text reads. Newlines of our own stand between values. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** A cell; a number stands at the right. */
export type Cell = string | number;

/** What else a table says. */
interface Beside {
  /** A sentence that stands in its place where it has no rows. */
  readonly none?: string;
  /** What is said of each row, below it. */
  readonly below?: readonly (string | undefined)[];
}

/** Lines under a head, each column as wide as its widest cell. What is in cells may come from anybody: control characters are written out. */
export function table(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  { none, below = [] }: Beside = {},
): string {
  if (rows.length === 0 && none !== undefined) return line(none);
  const shown = rows.map((row) => row.map((cell) => visible(String(cell))));
  const right = head.map((_, at) => rows.some((row) => typeof row[at] === 'number'));
  const widths = head.map((title, at) => Math.max(title.length, ...shown.map((row) => row[at]?.length ?? 0)));
  const said = (at: number): string => (below[at] ? `${BETWEEN}${short(below[at])}\n` : '');
  return lineOf(head, widths, right) + shown.map((row, at) => lineOf(row, widths, right) + said(at)).join('');
}

/** Names and values below each other. */
export function list(pairs: readonly (readonly [string, Cell | undefined])[]): string {
  const given = pairs.filter((pair): pair is readonly [string, Cell] => pair[1] !== undefined);
  const shown = given.map(([name, value]) => [visible(name), visible(String(value))] as const);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}${BETWEEN}${value}\n`).join('');
}

/** A sentence by itself. */
export function line(text: string): string {
  return `${visible(text)}\n`;
}

/** A text of others, below its title: each of its lines stands to the right of all that is ours. */
export function block(title: string, text: string): string {
  const lines = text.split('\n').map((each) => `${BETWEEN}${visible(each)}\n`);
  return `${title}:\n${lines.join('')}`;
}

/** What fits into a line beside other cells. */
export function short(text: string, most = 78): string {
  const [first = ''] = text.split('\n', 1);
  const shown = visible(first);
  return shown.length > most || first !== text ? `${shown.slice(0, most - 3)}...` : shown;
}

/** As one document, that no terminal can take for commands. On `oneLine` where others follow it. */
export function json(value: unknown, oneLine = false): string {
  const text = JSON.stringify(value, undefined, oneLine ? undefined : 2) ?? 'null';
  return `${text.replaceAll(UNSEEN, (sign) => (sign === '\n' ? sign : escaped(sign)))}\n`;
}

/** Each half of a pair by itself, as JSON wants it. */
function escaped(sign: string): string {
  return Array.from(
    { length: sign.length },
    (_, at) => String.raw`\u${sign.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
}

function lineOf(row: readonly string[], widths: readonly number[], right: readonly boolean[]): string {
  const cells = row.map((cell, at) => {
    const width = widths[at] ?? 0;
    return right[at] ? cell.padStart(width) : cell.padEnd(width);
  });
  return `${cells.join(BETWEEN).trimEnd()}\n`;
}
