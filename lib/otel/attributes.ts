import type { Attributes } from '@opentelemetry/api';

const OPERATIONS = { schedule: 'send', process: 'process' } as const;

/**
 * What spans and measurements say of every operation, by the conventions for messaging. The names are literals: the conventions still change, and
 * dashboards should not when a package of names does.
 */
export function messaging(operation: keyof typeof OPERATIONS, tube: string): Attributes {
  return {
    'messaging.system': 'nestjs_dq',
    'messaging.operation.name': operation,
    'messaging.operation.type': OPERATIONS[operation],
    'messaging.destination.name': tube,
  };
}
