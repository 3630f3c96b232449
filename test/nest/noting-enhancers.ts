// Enhancers that note what they were called for, each with a dependency, so that only Nest can have made it.
import {
  type ArgumentMetadata,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import type { DqJob } from 'nestjs-dq';
import { type Observable, tap } from 'rxjs';
import { seen } from './seen.js';

@Injectable()
export class Journal {
  note(line: string): void {
    seen.add(line);
  }
}

/** The job that an enhancer was called for. */
export function nameOf(host: ArgumentsHost): string {
  const [data, job] = host.getArgs<[unknown, DqJob]>();
  return `${host.getType()} ${JSON.stringify(data)} attempt ${job.attempt}`;
}

@Injectable()
export class Guard implements CanActivate {
  constructor(private readonly journal: Journal) {}

  canActivate(context: ExecutionContext): boolean {
    this.journal.note(`guard ${nameOf(context)} ${context.getClass().name}.${context.getHandler().name}`);
    return !context.getArgByIndex<{ forbidden?: boolean }>(0).forbidden;
  }
}

@Injectable()
export class Around implements NestInterceptor {
  constructor(private readonly journal: Journal) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    this.journal.note(`before ${nameOf(context)}`);
    return next.handle().pipe(tap((result) => this.journal.note(`after ${String(result)}`)));
  }
}

export class Order {
  constructor(readonly id: number) {}
}

@Injectable()
export class ToOrder implements PipeTransform {
  constructor(private readonly journal: Journal) {}

  transform(value: { id: number }, { type, metatype }: ArgumentMetadata): Order {
    this.journal.note(`pipe ${type} ${metatype?.name}`);
    return new Order(value.id);
  }
}
