import type { Command } from 'commander';
import { wholeNumber } from '../../core/options/option-checks.js';
import type { Cli } from '../base/cli.js';
import { CliUsageError, EXIT } from '../base/cli.errors.js';
import { action, type Answer, type CommonOptions } from '../base/command.js';
import { addYes, confirm, type ConfirmOptions } from '../base/confirm.js';
import { line } from '../base/print.js';
import type { Queue } from '../base/queue.js';
import { addDeadLooks, limitOf, scan } from './dead-looks.js';

interface DecisionOptions extends CommonOptions, ConfirmOptions {
  readonly all?: boolean;
  readonly limit?: string;
  readonly mayHaveRun?: boolean;
}

/** What is to become of which letters. */
interface Decision {
  readonly how: 'retry' | 'delete';
  readonly tube: string;
  readonly id?: string | undefined;
  readonly limit?: number | undefined;
  readonly mayHaveRun?: boolean | undefined;
}

const DONE = { retry: 'run again', delete: 'deleted' } as const;
const MOST = 100_000;

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
    .action(
      action(cli, ([tube, n], options: CommonOptions) => {
        const limit = wholeNumber(Number(n), 'n', 1, MOST);
        return scan(cli, options, tube as string, (queue) =>
          decide(queue, { how: 'retry', tube: tube as string, limit }),
        );
      }),
    );
}

function decision(dead: Command, cli: Cli, how: Decision['how'], description: string): Command {
  return addYes(dead.command(how))
    .description(description)
    .argument('<tube>')
    .argument('[id]')
    .option('--all', 'all of the tube; asks')
    .option('--limit <n>', 'at most so many')
    .action(
      action(cli, async ([tube, id], options: DecisionOptions) => {
        const wanted = wantedOf(how, tube as string, id as string | undefined, options);
        const isOne = wanted.id !== undefined;
        if (how === 'delete' || (!isOne && options.all === true)) await confirm(cli, options, questionOf(wanted));
        return scan(cli, options, wanted.tube, (queue) => decide(queue, wanted));
      }),
    );
}

/** One way of saying which. @throws CliUsageError, DqOptionsError */
function wantedOf(
  how: Decision['how'],
  tube: string,
  id: string | undefined,
  { all = false, limit, mayHaveRun = false }: DecisionOptions,
): Decision {
  const ways = [id !== undefined, all, limit !== undefined].filter(Boolean).length;
  if (ways !== 1)
    throw new CliUsageError(`Expected one of an id, --all and --limit, got ${ways === 0 ? 'none' : ways}.`);
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
  const { inspector } = queue.runtime;
  if (id !== undefined) {
    const isDone = how === 'retry' ? await inspector.retry(tube, id) : await inspector.delete(tube, id);
    const not = `${tube} has no dead letter ${id}, or another program was looking at it just now.`;
    return {
      json: { tube, id, done: isDone },
      text: line(isDone ? `1 dead letter: ${DONE[how]}.` : not),
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
