// What the guides for operators quote is what the code says.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../lib/core/base/clock.js';
import { programOf } from '../../lib/cli/program.js';
import { root } from '../../scripts/root.mjs';
import { codeBlocks, read } from './markdown.js';

const GUIDES = ['ready-for-production', 'troubleshooting', 'dashboard-and-cli'].map((name) => `docs/guides/${name}.md`);
/** What others say: Node, npm, Jest. */
const OF_OTHERS: ReadonlySet<string> = new Set(['Must use import to load ES Module', 'Jest did not exit']);
/** Shorter pieces are found anywhere. */
const SHORTEST = 8;

const sources = readdirSync(join(root, 'lib'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => read(join(entry.parentPath, entry.name).slice(root.length + 1)))
  .join('\n')
  // One text, however it was broken into lines.
  .replaceAll(/['`]\s*\+\s*['`]/g, '');

/** Code between backticks, outside of blocks. */
function spans(page: string): string[] {
  const text = page.replaceAll(/^```.*?^```$/gms, '');
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}

/** Sentences: what has three words or more and is neither a command nor code. Numbers and dots stand for what differs. */
function quotes(page: string): string[] {
  const sentences = spans(page).filter(
    (span) =>
      span.split(' ').length > 2 && !/^(npx|npm|kill|beanstalkd|ACL|\{|net\.)|=>|^[\w.]+\(|min-|-max-|: \[/.test(span),
  );
  return sentences.filter((span) => !OF_OTHERS.has(span));
}

function absent(quote: string): string[] {
  return quote
    .split(/\.{3}|\d+|\b(?:orders|mails)\b|\(.*?\);?/)
    .map((piece) => piece.trim())
    .filter((piece) => piece.length >= SHORTEST && !sources.includes(piece));
}

/** The part of a command line that names no command. */
function unknown(line: string, program: Command): string | undefined {
  let command = program;
  for (const word of line.split(' ').slice(2)) {
    if (command.commands.length === 0) return undefined;
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) return `${line}: ${word}`;
    command = next;
  }
  return undefined;
}

describe.each(GUIDES)('%s', (path) => {
  const page = read(path);

  it('quotes what the code says', () => {
    expect(quotes(page).length).toBeGreaterThan(2);
    expect(quotes(page).flatMap(absent)).toEqual([]);
  });

  it('names events and errors that exist', () => {
    const reference = ['events', 'errors'].map((name) => read(`docs/reference/${name}.md`)).join('\n');
    const events =
      /^(?:node|nodes|store|job|copy|result|results|handlers|tube|go|quorum|stop|schedule|listener)-[a-z-]+$/;
    const named = spans(page).filter((span) => events.test(span) || /^Dq\w+Error$/.test(span));
    expect(named.filter((name) => !reference.includes(`## ${name}\n`))).toEqual([]);
  });

  it('names commands that exist', () => {
    const signal = new AbortController().signal;
    const terminal = { out: () => undefined, err: () => undefined, isTty: false, ask: undefined };
    const program = programOf({ terminal, env: {}, clock: systemClock, signal, exit: undefined });
    const lines = [...spans(page), ...codeBlocks(page, 'sh')].filter((text) => text.startsWith('npx nestjs-dq '));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.flatMap((line) => unknown(line, program) ?? [])).toEqual([]);
  });
});

it('what nobody says, and commands that nobody knows, are found (control)', () => {
  expect(quotes("It says `Redis is on holiday until ... o'clock`.").flatMap(absent)).toEqual([
    'Redis is on holiday until',
  ]);
  expect(absent('Redis cannot be reached:')).toEqual([]);
});
