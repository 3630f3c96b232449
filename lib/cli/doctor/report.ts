import { visible } from '../../core/errors/shown.js';
import { type Finding, type Level, LEVELS } from './finding.js';

const WIDTH = 80;
const COLOURS: Readonly<Record<Level, string>> = { ok: '32', warn: '33', error: '31' };
const LONGEST_LEVEL = 5;
const MARGIN = '  ';
const ARROW = '-> ';

/** For people: a paragraph for each subject, no line longer than 80 columns, unless a word is. */
export function report(findings: readonly Finding[], inColours: boolean): string {
  const subjects = [...new Set(findings.map(({ subject }) => subject))];
  const width = Math.max(...findings.map(({ check }) => check.length));
  const paragraphs = subjects.map((subject) => {
    const lines = findings.filter((finding) => finding.subject === subject);
    return [visible(subject), ...lines.map((finding) => lineOf(finding, width, inColours))].join('\n');
  });
  return `${[...paragraphs, summary(findings)].join('\n\n')}\n`;
}

function lineOf({ level, check, found, todo }: Finding, width: number, inColours: boolean): string {
  const head = `${MARGIN}${level.padEnd(LONGEST_LEVEL)}  ${check.padEnd(width)}  `;
  const indent = ' '.repeat(head.length);
  const text = wrapped(found, WIDTH - head.length).join(`\n${indent}`);
  const advice = todo === undefined ? [] : wrapped(todo, WIDTH - head.length - ARROW.length);
  const shown = head.replace(level, inColours ? `\u001b[${COLOURS[level]}m${level}\u001b[0m` : level) + text;
  const [first, ...rest] = advice;
  if (first === undefined) return shown;
  return [
    shown,
    `${indent}${ARROW}${first}`,
    ...rest.map((line) => `${indent}${' '.repeat(ARROW.length)}${line}`),
  ].join('\n');
}

function summary(findings: readonly Finding[]): string {
  return LEVELS.map((level) => `${findings.filter((finding) => finding.level === level).length} ${level}`).join(', ');
}

/** What comes from servers may have control characters in it: they are written out. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of visible(text).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
