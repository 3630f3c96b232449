#!/usr/bin/env node
import { createInterface } from 'node:readline/promises';
import { systemClock } from '../core/base/clock.js';
import { EXIT } from './base/cli.errors.js';
import { runCli } from './program.js';
import type { Terminal } from './base/cli.js';

const LINGER_MS = 1_000;
const { stdin, stdout, stderr, env, argv } = process;
const interrupted = new AbortController();

const terminal: Terminal = {
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
  isTty: stdout.isTTY,
  ask: stdin.isTTY && stderr.isTTY ? ask : undefined,
};

async function ask(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: stdin, output: stderr });
  // While it reads, Ctrl-C comes here instead of to the process.
  lines.once('SIGINT', () => interrupted.abort());
  try {
    // Where the input ends, nobody says yes.
    const ended = new Promise<string>((resolve) => void lines.once('close', () => resolve('')));
    return await Promise.race([lines.question(question, { signal }), ended]);
  } finally {
    lines.close();
  }
}

// A pager that was left reads no more, and nobody else does. Elsewhere an answer that could not be written is one that nobody has.
stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit();
  stderr.write(`nestjs-dq: The answer could not be written: ${message}\n`);
  process.exit(EXIT.no);
});
// What is done does not hang on who reads what is said of it.
stderr.on('error', () => undefined);
// A second one ends the process at once.
process.once('SIGINT', () => interrupted.abort());
process.exitCode = await runCli(argv.slice(2), {
  terminal,
  env,
  clock: systemClock,
  signal: interrupted.signal,
  exit: undefined,
});
// What was not closed in time, such as a connection to a server that hangs, is not waited for once all is printed.
stdout.write('', () => void setTimeout(() => process.exit(), LINGER_MS).unref());
