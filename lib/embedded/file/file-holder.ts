import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { FileHolder } from './file-rows.js';

export function thisHolder(): FileHolder {
  return { pid: process.pid, host: hostname(), place: pidsSeen() };
}

/** Which namespace of pids: a container has its own, also where it has its host's name. Empty where the system does not tell. */
function pidsSeen(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
