import type { DqOptions } from 'nestjs-dq';

/** What the child of shutdown.spec.ts is told. */
export interface ShutdownSetup {
  /**
   * `hooks`: Nest's shutdown hooks. `exit`: the same with `useProcessExit`. `stuck`: the handler outlasts the deadline.
   * `close`: the application closes itself after its job. `early`: it does so at once. `unhooked`: neither.
   */
  readonly mode: 'hooks' | 'exit' | 'stuck' | 'close' | 'early' | 'unhooked';
  readonly servers: Pick<DqOptions, 'beanstalks' | 'redis'>;
  readonly tube: string;
}
