import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addServerOptions } from './base/addresses.js';
import type { Cli } from './base/cli.js';
import { EXIT } from './base/cli.errors.js';
import { signed } from './base/dashed-ids.js';
import { faultOf, showFault } from './base/faults.js';
import { addCluster } from './cluster/cluster.command.js';
import { addCounts } from './commands/counts.command.js';
import { addDead, addKick } from './commands/dead.command.js';
import { addHistory } from './commands/history.command.js';
import { addNext, addRevoke, addStatus } from './commands/job.command.js';
import { addKey } from './commands/key.command.js';
import { addNodes } from './commands/nodes.command.js';
import { addPause } from './commands/pause.command.js';
import { addPeek } from './commands/peek.command.js';
import { addSchedules } from './commands/schedules.command.js';
import { addDoctor } from './doctor/doctor.command.js';

/** Each adds its commands. */
const PARTS: readonly ((program: Command, cli: Cli) => void)[] = [
  addCounts,
  addNodes,
  addNext,
  addPeek,
  addStatus,
  addRevoke,
  addHistory,
  addDead,
  addKick,
  addKey,
  addPause,
  addSchedules,
  addDoctor,
  addCluster,
];

const EXITS =
  '\nIt ends with 0: fine; 1: not found or refused; 2: usage; 3: a server is away,\n' +
  'and what is not known is said; 4: the doctor found an error,\n' +
  'such as a server that is away.';

/** The whole command line. `wantsJson`: whoever reads errors is a program, which is shown no help beside them. */
export function programOf(cli: Cli, wantsJson = false): Command {
  const { out, err } = cli.terminal;
  const program = new Command('nestjs-dq')
    .description('Looks at delayed jobs, and decides on them.')
    .version(versionOf(), '--version')
    .option('--json', 'print one JSON document')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    // Errors are printed by `runCli`, in one way.
    .configureOutput({
      writeOut: out,
      writeErr: wantsJson ? () => {} : err,
      outputError: () => {},
      getOutHelpWidth: () => 80,
    });
  addServerOptions(program);
  program.addHelpText('after', EXITS);
  for (const add of PARTS) add(program, cli);
  return program;
}

/** Runs one command line, without the name of the program. Resolves to what the process ends with; never rejects. */
export async function runCli(args: readonly string[], cli: Cli): Promise<number> {
  const wantsJson = args.includes('--json');
  try {
    await programOf(cli, wantsJson).parseAsync(signed(args), { from: 'user' });
    return cli.exit ?? EXIT.fine;
  } catch (error) {
    const fault = faultOf(error);
    if (fault === undefined) return EXIT.fine;
    showFault(cli, wantsJson, fault);
    return fault.exit;
  }
}

function versionOf(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
