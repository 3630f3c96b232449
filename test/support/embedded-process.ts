import { join } from 'node:path';
import { AppProcess } from '../../harness/app-process.mjs';
import type { EmbeddedSetup } from './embedded-script.js';

/** A process that lives on one file; see embedded-script.ts. */
export class EmbeddedProcess extends AppProcess {
  /** Resolves when it has opened its file and begun to work. `errors`: where its error output goes. */
  static async start(setup: EmbeddedSetup, errors: 'inherit' | 'ignore' = 'inherit'): Promise<EmbeddedProcess> {
    const script = join(import.meta.dirname, 'embedded-script.ts');
    const started = new EmbeddedProcess({ name: 'the process on a file', script, errors });
    started.tell(setup);
    await started.told(() => started.messages.includes('running'), { what: 'being at work' });
    return started;
  }

  /** Lets it end in order. */
  async close(): Promise<void> {
    this.tell('close');
    await this.ended;
  }
}
