import { DqDateTakenError } from './testing.errors.js';

/** Whose time `Date` tells. */
interface DateOwner {
  now(): number;
  /** False when its module failed to start, so that nobody will close it. */
  isUsed(): boolean;
}

let taken: { readonly owner: DateOwner; readonly restore: () => void } | undefined;

/**
 * Makes the global `Date` tell the owner's time, until the returned function is called. Dates stay dates: only "now" changes.
 * @throws DqDateTakenError when it tells another one's
 */
export function replaceDate(owner: DateOwner): () => void {
  if (taken?.owner.isUsed() === true) {
    throw new DqDateTakenError(
      'Expected one module at a time whose Date tells virtual time, got a second one. Close the first (await app.close()), or leave ' +
        'out date: true.',
    );
  }
  taken?.restore();
  const now = (): number => owner.now();
  const before = globalThis.Date;
  const replaced = new Proxy(before, {
    construct: (target, args: unknown[], newTarget: new () => unknown) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
    apply: (target) => new target(now()).toString(),
    get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
  });
  globalThis.Date = replaced;
  const restore = (): void => {
    if (taken?.owner !== owner) return;
    taken = undefined;
    // Fake timers may have been put in its place meanwhile; they are not ours to take away.
    if (globalThis.Date === replaced) globalThis.Date = before;
  };
  taken = { owner, restore };
  return restore;
}
