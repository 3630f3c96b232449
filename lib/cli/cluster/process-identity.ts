import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A word that tells a process from a later one with the same pid: the kernel's start time where /proc has it, else what
 * `ps` says of start and command. `undefined` when no such process runs; a zombie does not run.
 */
export function processIdentity(pid: number): string | undefined {
  return process.platform === 'linux' ? identityFromProc(pid) : identityFromPs(pid);
}

/** Whether the process stands still after SIGSTOP. Only /proc tells; elsewhere the signal's word is taken for it. */
export function isStopped(pid: number): boolean {
  return process.platform !== 'linux' || statOf(pid)?.state === 'T';
}

function identityFromProc(pid: number): string | undefined {
  const stat = statOf(pid);
  return stat && stat.state !== 'Z' && stat.state !== 'X' ? `start ${stat.startTime}` : undefined;
}

function statOf(
  pid: number,
): { readonly state: string | undefined; readonly startTime: string | undefined } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in brackets and may hold blanks and brackets itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], startTime: fields[19] };
  } catch {
    return undefined;
  }
}

function identityFromPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=,comm=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}
