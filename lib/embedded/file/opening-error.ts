import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { DqError } from '../../core/errors/dq.error.js';
import { DqFileDamagedError, DqFileError, DqFileInUseError } from '../../core/errors/file.errors.js';
import type { FileFault, FileHolder, FromThread } from './file-rows.js';

/** How the files of releases before SQLite begin: the head of a frame, then this. */
const OLD_FORMAT = /^@[0-9a-f]{8} \d+ \d+\n\["f","nestjs-dq jobs",/;

/** Why a file was not opened, and what to do. */
export function openingError(path: string, message: FromThread): DqError {
  switch (message.kind) {
    case 'in-use':
      return inUse(path, message.holder);
    case 'foreign':
      return new DqFileDamagedError(
        OLD_FORMAT.test(message.start ?? '')
          ? `Expected ${path} to be a file of SQLite, got one of an earlier release of nestjs-dq, which wrote a format of its own. Let that ` +
              'release run what is in it, then remove it, or give this one another file.'
          : `Expected ${path} to be the file of an embedded queue, but it is another one. Give it a file of its own.`,
      );
    case 'version':
      return new DqFileDamagedError(
        `Expected ${path} to be of a version that this release knows, got ${message.version}. Use the release of nestjs-dq that wrote it, or ` +
          'give another file.',
      );
    case 'damaged':
      return new DqFileDamagedError(
        `Expected ${path} to be whole, but it is damaged: ${message.detail}. Nothing was changed in it. Put back a copy of it, or keep it ` +
          `aside and save what can be read (sqlite3 ${path} .recover | sqlite3 <another file>).`,
      );
    case 'not-opened':
      return new DqFileError(
        `Expected ${path} to be a file, or a new one in a folder that is there, got: ${message.fault.message}. Make the folder, and give this ` +
          'process the right to read and write both; free space, or see to the disk.',
        { cause: causeOf(message.fault) },
      );
    default:
      return new DqFileError(`Expected ${path} to be opened, got ${message.kind}.`);
  }
}

/** What all are told while the disk refuses. */
export function diskTrouble(path: string, fault: FileFault): DqFileError {
  return new DqFileError(
    `Expected the disk to take what ${path} keeps, got: ${fault.message}. Nothing is scheduled or started until it does: free ` +
      'space, or see to the disk.',
    { cause: causeOf(fault) },
  );
}

function causeOf({ message, errcode }: FileFault): Error {
  return Object.assign(new Error(message), errcode === undefined ? undefined : { errcode });
}

function inUse(path: string, holder: FileHolder | undefined): DqFileInUseError {
  const { pid, host, place } = thisHolder();
  if (holder?.pid === pid && holder.host === host && holder.place === place) {
    return new DqFileInUseError(
      `Expected to be the only one with ${path}, but this process has it open already. Was another application with it not closed? Close ` +
        'that one first, or give each a file of its own.',
    );
  }
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return new DqFileInUseError(
    `Expected to be the only one with ${path}, but ${who} has it. Stop that one, or give each process a file of its own.`,
  );
}

/** Who this process is, as it stands beside its files. */
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
