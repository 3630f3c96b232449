import { readFileSync, readlinkSync } from 'node:fs';

/**
 * A word for the processes that this one can see by their pids: which boot of a system, and which namespace of pids there. A
 * container has a namespace of its own, also where it shares its host's name. Empty parts where the system does not tell.
 */
export function processPlace(): string {
  return [
    told(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    told(() => readlinkSync('/proc/self/ns/pid')),
  ].join(' ');
}

function told(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
