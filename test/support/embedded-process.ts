import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { deathPrefix } from '../../scripts/death-prefix.mjs';
import { root } from '../../scripts/root.mjs';
import type { EmbeddedSetup } from './embedded-script.js';

/** A process that lives on one file; see embedded-script.ts. */
export class EmbeddedProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(child, 'exit');
  }

  /** Resolves when it has opened its file and begun to work. `errors`: where its error output goes. */
  static async start(setup: EmbeddedSetup, errors: 'inherit' | 'ignore' = 'inherit'): Promise<EmbeddedProcess> {
    const support = join(root, 'test', 'support');
    const loader = join(support, 'typescript-loader.mjs');
    const script = join(support, 'embedded-script.ts');
    const [command, ...args] = [...deathPrefix(), process.execPath, '--import', loader, script];
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'ignore', errors, 'ipc'] });
    const started = new EmbeddedProcess(child);
    child.send(setup);
    const first = await Promise.race([once(child, 'message'), started.#exited.then(() => ['ended'])]);
    if (first[0] !== 'running') throw new Error('the process ended while starting; its error stands above');
    return started;
  }

  /** SIGKILL. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** Lets it end in order. */
  async close(): Promise<void> {
    this.#child.send('close');
    await this.#exited;
  }
}
