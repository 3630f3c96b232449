import { seededRandom } from '../../test/support/seeded-random.js';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** A stream of chance. Streams of one seed and different names are independent: what one takes does not shift another. */
export class Chance {
  readonly next: () => number;

  constructor(
    readonly seed: number,
    readonly name = '',
  ) {
    this.next = seededRandom(mixed(seed, name));
  }

  of(name: string): Chance {
    return new Chance(this.seed, `${this.name}/${name}`);
  }

  /** From `least` up to, not including, `most`. */
  between(least: number, most: number): number {
    return least + (most - least) * this.next();
  }

  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number {
    return Math.floor(this.between(least, most + 1));
  }

  happens(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.next() * choices.length)];
    if (choice === undefined) throw new Error('there is nothing to pick from');
    return choice;
  }

  /** One of several, each as likely as its weight says. */
  weigh<T>(choices: readonly (readonly [number, T])[]): T {
    let left = this.next() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, choice] of choices) if ((left -= weight) < 0) return choice;
    return (choices.at(-1) as readonly [number, T])[1];
  }

  word(length: number): string {
    let word = '';
    for (let at = 0; at < length; at++) word += ALPHABET[Math.floor(this.next() * ALPHABET.length)];
    return word;
  }
}

/** FNV-1a over the name, beginning at the seed. */
function mixed(seed: number, name: string): number {
  let hash = (0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)) >>> 0;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}
