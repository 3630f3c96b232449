import type { Command } from 'commander';
import { wholeNumber } from '../../core/options/option-checks.js';
import { checkTubeName } from '../../core/wire/tube-name.js';
import { addressesOf, resolvedOf } from '../base/addresses.js';
import type { Cli } from '../base/cli.js';
import { EXIT, interruption } from '../base/cli.errors.js';
import { action, type Answer, type CommonOptions } from '../base/command.js';
import { withOpenQueue } from '../base/queue.js';
import { longest } from '../base/timeout.js';
import { examineApp } from './app.js';
import { type Examined, examineServers } from './doctor.js';
import { LEVELS } from './finding.js';
import { examineMachine, readMachine } from './machine.js';
import { report } from './report.js';

interface DoctorOptions extends CommonOptions {
  readonly app?: string | true;
  readonly dead?: true;
  readonly minWrites: string;
  readonly maxBodyBytes: string;
}

const MOST_NODES = 1_000;
/** A server that takes longer to answer one question is taken to be away. */
const LONGEST_STEP_MS = 3_000;
/** The most that beanstalkd can be told. */
const MOST_BODY_BYTES = 1_073_741_824;
const HELP = `
Nothing is changed. 64 small jobs are put into a tube of the doctor's own on each
node, and deleted again. --timeout is the time of one question, at most 3s.

Exit: 0 no error, 4 an error: a server that does not answer too.`;
const NOTHING: Examined = { findings: [], hasNode: false };

export function addDoctor(program: Command, cli: Cli): void {
  program
    .command('doctor')
    .description('what is wrong with the servers, this machine and the application, and what to do')
    .argument('[tube...]', 'tubes to look at; else all that the nodes have')
    .option('--app [folder]', 'look at the packages of an application too, by default of this folder')
    .option('--dead', 'read why dead letters died, which holds them for moments')
    .option('--min-writes <number>', 'minWrites of the application', '2')
    .option('--max-body-bytes <bytes>', 'maxBodyBytes of the application', '65535')
    .addHelpText('after', HELP)
    .action(
      action(cli, ([tubes]: readonly [readonly string[]], options: DoctorOptions) => examine(cli, tubes, options)),
    );
}

async function examine(cli: Cli, tubes: readonly string[], options: DoctorOptions): Promise<Answer> {
  const { app } = options;
  const { findings: servers, hasNode } = await examineAll(cli, tubes, options);
  const machine = await examineMachine(await readMachine(), hasNode, cli.clock);
  const packages = app === undefined ? [] : await examineApp(app === true ? '.' : app);
  if (cli.signal.aborted) throw interruption();
  const findings = [...servers, ...machine, ...packages];
  const worst = LEVELS.find((level) => findings.some((finding) => finding.level === level)) ?? 'ok';
  return {
    json: { worst, findings },
    // As no-color.org has it.
    text: report(findings, cli.terminal.isTty && !cli.env['NO_COLOR']),
    // A server that is away is an error like others: who watches the doctor has one number to look for.
    exit: worst === 'error' ? EXIT.ill : EXIT.fine,
  };
}

/** Nothing, where the application's packages alone are asked for. */
async function examineAll(cli: Cli, tubes: readonly string[], options: DoctorOptions): Promise<Examined> {
  const { env } = cli;
  const hasAddress = [options.beanstalks, options.redis, env['DQ_BEANSTALKS'], env['REDIS_URL']].some(Boolean);
  if (!hasAddress && options.app !== undefined) return NOTHING;
  const setting = {
    endpoints: resolvedOf(cli, options).endpoints,
    redis: addressesOf(cli, options).redis,
    tubes: [...new Set(tubes.map((tube) => checkTubeName(tube)))],
    clock: cli.clock,
    ms: Math.min(longest(options), LONGEST_STEP_MS),
    signal: cli.signal,
    minWrites: wholeNumber(Number(options.minWrites), '--min-writes', 1, MOST_NODES),
    maxBodyBytes: wholeNumber(Number(options.maxBodyBytes), '--max-body-bytes', 1, MOST_BODY_BYTES),
  };
  return withOpenQueue(cli, options, (queue) => examineServers(queue, setting, options.dead === true), setting.ms);
}
