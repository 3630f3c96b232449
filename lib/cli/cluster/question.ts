import { connect } from 'node:net';

/** What is sent to a port to learn which process serves it. The last line of `request` asks the server to hang up. */
export interface Question {
  readonly request: string;
  /** Finds the pid of the server in its reply. */
  readonly pid: RegExp;
  /** What the reply has once the server does its work; default: the pid alone. */
  readonly ready?: RegExp;
  /** Finds how many percent of its data a server has read that does not work yet. */
  readonly progress?: RegExp;
}

export type Reply =
  /** Nobody listens there. */
  | { readonly is: 'refused' }
  /** Somebody listens, and does not say who. A beanstalkd that reads its binlog does that. */
  | { readonly is: 'silent' }
  | { readonly is: 'loading'; readonly pid: number; readonly percent: string | undefined }
  | { readonly is: 'ready'; readonly pid: number };

const PATIENCE_MS = 1_000;

/** Asks once. Resolves within a second, and never rejects. */
export function ask(port: number, question: Question): Promise<Reply> {
  return new Promise((resolve) => {
    let heard = '';
    let accepted = false;
    const socket = connect(port, '127.0.0.1', () => {
      accepted = true;
      socket.write(question.request);
    });
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      heard += String(chunk);
    });
    // Refused or reset: it is not there yet, and `close` follows.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(accepted ? read(heard, question) : { is: 'refused' }));
  });
}

function read(heard: string, { pid: pidIn, ready = pidIn, progress }: Question): Reply {
  const pid = Number(pidIn.exec(heard)?.[1]);
  if (!pid) return { is: 'silent' };
  return ready.test(heard) ? { is: 'ready', pid } : { is: 'loading', pid, percent: progress?.exec(heard)?.[1] };
}
