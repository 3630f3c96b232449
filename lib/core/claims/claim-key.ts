import { createHash } from 'node:crypto';

/** A native job's claim in Redis. The braces put all claims of a tube into one slot of a Redis Cluster. */
export function nativeClaimKey(tube: string, id: string): string {
  return `dq:{${tube}}:${id}`;
}

/** The id in the key of a native job's claim. */
export function idOfKey(key: string): string {
  return key.slice(key.indexOf('}:') + 2);
}

/** The claim of a job with a caller's own id, for one write of it. No id has a `#`. */
export function generationKey(key: string, generation: string): string {
  return `${key}#${generation}`;
}

/** The key of the admission of a caller's own id, by that of its claim without a generation. */
export function admissionKey(key: string): string {
  return `${key}#`;
}

/** The claim's key of a generation in its parts: that of its admission, and the generation. Undefined for a job without an own id. */
export function generationOf(
  key: string,
): { readonly admission: string; readonly id: string; readonly generation: string } | undefined {
  const at = key.lastIndexOf('#');
  if (at < 0) return undefined;
  return { admission: key.slice(0, at + 1), id: key.slice(0, at), generation: key.slice(at + 1) };
}

/** The mark of what the store remembers of a tube, beside its claims; a trial of the store reads and writes it. */
export function trialKey(tube: string): string {
  return `dq:{${tube}}#trial`;
}

/** What stands under a user's own key. The key may have any characters, so the slot's comes first among the keys of a script. */
export function slotKey(tube: string, key: string): string {
  return `dq:{${tube}}@${key}`;
}

/** What became of a tube's jobs, where it keeps a history. */
export function historyKey(tube: string): string {
  return `dq:{${tube}}!log`;
}

/** What stands while a tube is paused. No mark, slot or claim of it has this name. */
export function pauseKey(tube: string): string {
  return `dq:{${tube}}#pause`;
}

/** A key beside a tube's claims that nothing else has, to try what may be done there. `word` is random. */
export function doctorKey(tube: string, word: string): string {
  return `dq:{${tube}}#doctor:${word}`;
}

/** The tube whose pause stands under a key. */
export function tubeOfPauseKey(key: string): string {
  return key.slice('dq:{'.length, -'}#pause'.length);
}

/** The names of tubes that were paused, for whoever knows none. In a Redis Cluster it lies in a slot of its own. */
export const PAUSED_TUBES_KEY = 'dq:#paused';

/** What is kept of a tube's schedules, by their names: definitions, when each comes next, and its turn. */
export function scheduleKeys(tube: string): readonly [definitions: string, due: string, turns: string] {
  return [`dq:{${tube}}%s`, `dq:{${tube}}%n`, `dq:{${tube}}%w`];
}

/** What is left of a schedule that was removed. */
export function removedScheduleKey(tube: string, name: string): string {
  return `dq:{${tube}}%g:${name}`;
}

/** A plain job's claim: the md5 of its whole body in hex, which is the key that a Go consumer of dq locks. */
export function plainClaimKey(body: Buffer | string): string {
  return createHash('md5').update(body).digest('hex');
}

/** True for the key of a native job; plain keys have no slot in common. */
export function isNativeKey(key: string): boolean {
  return key.startsWith('dq:');
}

/** What stands in front of the md5 of a plain body in a job's name; no native id has it. */
const PLAIN_NAME = '/';

/** The name of a job of which a plain body is a copy: what tells it from all others of its tube. A native job's is its id. */
export function plainName(md5: string): string {
  return PLAIN_NAME + md5;
}

/** The claim's key of a job of a tube, by its name. */
export function keyOfName(tube: string, name: string): string {
  return name.startsWith(PLAIN_NAME) ? name.slice(PLAIN_NAME.length) : nativeClaimKey(tube, name);
}
