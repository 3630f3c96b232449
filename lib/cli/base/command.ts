import type { Command } from 'commander';
import type { ServerOptions } from './addresses.js';
import type { Cli } from './cli.js';
import { EXIT, type ExitCode } from './cli.errors.js';
import { unsigned } from './dashed-ids.js';
import { json, line } from './print.js';

/** What a command came to: once for programs, once for people. */
export interface Answer {
  /** One JSON document. */
  readonly json: object;
  readonly text: string;
  /** What is not known, or was not done, and why: a line each, for people. */
  readonly notes?: readonly string[] | undefined;
  readonly exit?: ExitCode | undefined;
  /** It is the whole truth, although a server may be away. */
  readonly stands?: boolean | undefined;
}

/** What every command may be told. */
export interface CommonOptions extends ServerOptions {
  readonly json?: boolean;
}

/**
 * What commander calls: runs the command, and prints its answer as it is wanted. `run` says of which
 * types the arguments and options are, and answers nothing where it has printed already.
 */
export function action(
  cli: Cli,
  run: (args: never, options: never) => Promise<Answer | undefined>,
): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command;
    const all = Object.entries(command.optsWithGlobals());
    const options = Object.fromEntries(all.map(([name, value]) => [name, unsigned(value)])) as unknown as CommonOptions;
    const answer = await run(unsigned(command.processedArgs) as never, options as never);
    if (answer !== undefined) show(cli, options, answer);
  };
}

/** Prints an answer. */
export function show(cli: Cli, { json: wantsJson }: CommonOptions, answer: Answer, oneLine = false): void {
  const { out, err } = cli.terminal;
  out(wantsJson === true ? json(answer.json, oneLine) : answer.text);
  if (wantsJson !== true) for (const note of answer.notes ?? []) err(line(note));
  cli.exit = answer.exit ?? EXIT.fine;
}
