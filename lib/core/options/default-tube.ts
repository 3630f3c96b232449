/**
 * What a producer without a tube's name writes to. Not `default`: every client of beanstalkd watches that one until it is told not to.
 * Consumers of Go's dq always do, delete what they find there, and throw it away.
 */
export const DEFAULT_TUBE = 'dq-default';

/** Why a tube should have another name; undefined when its name is a good one. */
export function tubeNameWarning(tube: string): string | undefined {
  if (tube !== 'default') return undefined;
  return (
    'every client of beanstalkd watches it, and a Go consumer of any tube takes its jobs and throws them away. Give the tube another ' +
    'name; keep this one declared, with its handler, until it is empty.'
  );
}
