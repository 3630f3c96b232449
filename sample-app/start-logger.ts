import { ConsoleLogger } from '@nestjs/common';

/** Where Nest logs a failed start, with its stack, before it throws it. */
const STARTING = new Set<unknown>(['ExceptionHandler', 'NestApplication']);

/** The logger until the shop listens: of a start that fails, it leaves to `main.ts` what that is thrown anyway. */
export class StartLogger extends ConsoleLogger {
  override error(message: unknown, ...rest: unknown[]): void {
    if (!STARTING.has(rest.at(-1))) super.error(message, ...rest);
  }
}
