import { systemClock } from '../../lib/core/base/clock.js';
import { runCli } from '../../lib/cli/program.js';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunSetting {
  readonly env?: Readonly<Record<string, string>>;
  readonly isTty?: boolean;
  /** What the person says, one line after the other; undefined where there is none. */
  readonly answers?: readonly string[];
  readonly signal?: AbortSignal;
  /** Told of each text on stdout. */
  readonly onOut?: (text: string) => void;
}

/** Runs a command line in this process. */
export async function ran(args: readonly string[], setting: RunSetting = {}): Promise<Ran> {
  const { env = {}, isTty = false, signal = new AbortController().signal, onOut } = setting;
  const answers = setting.answers && [...setting.answers];
  let out = '';
  let err = '';
  const terminal = {
    out: (text: string): void => {
      out += text;
      onOut?.(text);
    },
    err: (text: string) => void (err += text),
    isTty,
    ask: answers && ((question: string) => Promise.resolve(((err += question), answers.shift() ?? ''))),
  };
  const code = await runCli(args, { terminal, env, clock: systemClock, signal, exit: undefined });
  return { code, out, err };
}
