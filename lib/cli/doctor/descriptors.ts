import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';

/** True for an address that this machine alone reaches. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** True for an address of this machine. */
export function isHere(address: string): boolean {
  if (isLoopback(address)) return true;
  return Object.values(networkInterfaces()).some((each) => each?.some((own) => own.address === address) === true);
}

/** How many files and sockets a beanstalkd of this machine may open; undefined where that cannot be read, or the process is another one. */
export async function descriptorsOf(pid: number): Promise<number | undefined> {
  try {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8');
    if (name.trim() !== 'beanstalkd') return undefined;
    const limits = await readFile(`/proc/${pid}/limits`, 'utf8');
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    // Another machine's system, a container of its own, or not Linux.
    return undefined;
  }
}
