// A process with a file, for full-file-disk.spec.ts: it schedules a job with the id that it is told, and tells what came of it.
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import { DqRuntime } from '../../lib/core/runtime.js';
import { embeddedBackend } from '../../lib/embedded/embedded-backend.js';

const [, , file = ''] = process.argv;
const runtime = new DqRuntime(resolveOptions({ embedded: { file }, tubes: ['work'] }), {
  backend: embeddedBackend,
  report: ({ type }) => void process.send?.({ event: type }),
});
runtime.start();

process.on('message', (id: string) => void schedule(id));

async function schedule(id: string): Promise<void> {
  const outcome = await runtime
    .producer<string>('work')
    .delay('x'.repeat(5_000), '1h', { id })
    .then(
      () => 'kept',
      (error: unknown) => String(error),
    );
  process.send?.({ outcome });
}
