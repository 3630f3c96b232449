// @ts-check
import { spawnSync } from 'node:child_process';

/** @type {string[] | undefined} */
let prefix;

/**
 * What stands before a child's command so that the kernel ends the child when this process dies, by whatever signal. An
 * exit handler alone does not do: SIGKILL skips it, and Jest hands tests a copy of `process` that never emits `exit`.
 * Empty where `setpriv` is missing, that is, outside Linux. The pid is the child's own, since setpriv becomes the child.
 *
 * @returns {string[]}
 */
export function deathPrefix() {
  const command = ['setpriv', '--pdeathsig', 'KILL'];
  prefix ??= spawnSync('setpriv', [...command.slice(1), 'true']).status === 0 ? command : [];
  return prefix;
}
