import type { Command } from 'commander';
import type { Cli } from '../base/cli.js';
import { CliError, EXIT } from '../base/cli.errors.js';
import type { Answer, CommonOptions } from '../base/command.js';
import { addYes, confirm, type ConfirmOptions } from '../base/confirm.js';
import { line } from '../base/print.js';
import { type Queue, query } from '../base/queue.js';
import { addDeadLooks, limitOf, MOST, noLetter, SCAN } from './dead-looks.js';

interface DecisionOptions extends CommonOptions, ConfirmOptions {
  readonly all?: boolean;
  readonly limit?: string;
  readonly mayHaveRun?: boolean;
}

/** A tube, and the letter that is meant, where it is one. */
type Letters = readonly [tube: string, id: string | undefined];

type Kicked = readonly [tube: string, n: string];

/** What is to become of which letters. */
interface Decision {
  readonly how: 'retry' | 'delete';
  readonly tube: string;
  readonly id?: string | undefined;
  readonly limit?: number | undefined;
  readonly mayHaveRun?: boolean | undefined;
}

const DONE = { retry: 'run again', delete: 'deleted' } as const;

export function addDead(program: Command, cli: Cli): void {
  const dead = program.command('dead').description('dead letters: jobs that were given up');
  addDeadLooks(dead, cli);
  const retry = decision(dead, cli, 'retry', 'lets dead letters run again, with all their attempts');
  retry.option('--may-have-run', 'with --all or --limit: also those that may have run before');
  decision(dead, cli, 'delete', 'deletes dead letters for good; asks');
}

/** beanstalkd's own kick would have no effect: consumers ask the claim store, and bury again what is dead there. */
export function addKick(program: Command, cli: Cli): void {
  program
    .command('kick')
    .description('lets at most n dead letters run again: short for dead retry --limit n')
    .argument('<tube>')
    .argument('<n>', `1 to ${MOST}`)
    .addHelpText(
      'after',
      "\nIt is not beanstalkd's own kick: consumers ask Redis what became of a job, and bury\n" +
        'again what is dead there. Letters that may have run before stay where they are.',
    )
    .action(query(cli, kick, { ...SCAN, first: kicked }));
}

function kick(queue: Queue, given: Kicked): Promise<Answer> {
  return decide(queue, kicked(given));
}

/** @throws DqOptionsError */
function kicked([tube, n]: Kicked): Decision {
  return { how: 'retry', tube, limit: limitOf(n, 'n') };
}

function decision(dead: Command, cli: Cli, how: Decision['how'], description: string): Command {
  const asks = async ([tube, id]: Letters, options: DecisionOptions): Promise<void> => {
    const wanted = wantedOf(how, tube, id, options);
    const isMany = wanted.id === undefined && options.all === true;
    if (how === 'delete' || isMany) await confirm(cli, options, questionOf(wanted));
  };
  const acts = (queue: Queue, [tube, id]: Letters, options: DecisionOptions): Promise<Answer> =>
    decide(queue, wantedOf(how, tube, id, options));
  return addYes(dead.command(how))
    .description(description)
    .argument('<tube>')
    .argument('[id]')
    .option('--all', 'all of the tube; asks')
    .option('--limit <n>', 'at most so many')
    .action(query(cli, acts, { ...SCAN, first: asks }));
}

/** One way of saying which. @throws CliError `CLI_USAGE`, DqOptionsError */
function wantedOf(
  how: Decision['how'],
  tube: string,
  id: string | undefined,
  { all = false, limit, mayHaveRun = false }: DecisionOptions,
): Decision {
  const ways = [id !== undefined, all, limit !== undefined].filter(Boolean).length;
  if (ways !== 1)
    throw new CliError('CLI_USAGE', `Expected one of an id, --all and --limit, got ${ways === 0 ? 'none' : ways}.`);
  return { how, tube, id, limit: limit === undefined ? undefined : limitOf(limit), mayHaveRun };
}

function questionOf({ how, tube, id, limit }: Decision): string {
  const which =
    id === undefined
      ? limit === undefined
        ? 'all dead letters'
        : `at most ${limit} of the dead letters`
      : `the dead letter ${id}`;
  return how === 'retry' ? `Let ${which} of ${tube} run again?` : `Delete ${which} of ${tube} for good?`;
}

async function decide(queue: Queue, { how, tube, id, limit, mayHaveRun }: Decision): Promise<Answer> {
  const inspector = queue.inspector(tube);
  if (id !== undefined) {
    const isDone = how === 'retry' ? await inspector.retry(tube, id) : await inspector.delete(tube, id);
    return {
      json: { tube, id, done: isDone },
      text: line(isDone ? `1 dead letter: ${DONE[how]}.` : noLetter(tube, id)),
      exit: isDone ? EXIT.fine : EXIT.no,
      stands: isDone,
    };
  }
  const count =
    how === 'retry'
      ? await inspector.retryAll(tube, { mayHaveRun, limit })
      : await inspector.deleteAll(tube, { limit });
  return {
    json: { tube, count },
    text: line(`${count} dead ${count === 1 ? 'letter' : 'letters'}: ${DONE[how]}.`),
    notes: await left(queue, tube),
  };
}

/** Not all of them are meant by "all", and a look ends after a while. */
async function left({ runtime, lookMs }: Queue, tube: string): Promise<string[]> {
  const counts = await runtime.inspector.counts(tube, { deadline: lookMs });
  const dead = counts.filter(({ reachable, dead }) => reachable && dead > 0);
  if (dead.length === 0) return [];
  const each = dead.map(({ node, dead }) => `${dead} on ${node}`).join(', ');
  return [`Dead copies that are left: ${each}. See \`dead list\`.`];
}
