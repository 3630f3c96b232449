/** Stands before an id while commander reads the line. No argument begins with it. */
const SIGN = '\u{E000}';
/** One of 64 ids begins with a dash. They have 22 characters, and no option has. */
const DASHED_ID = /^-[\w-]{21}$/;
const SIGNED = /^\u{E000}(?=-)/u;

/** Arguments that commander does not take for options. */
export function signed(args: readonly string[]): string[] {
  return args.map((arg) => (DASHED_ID.test(arg) ? `${SIGN}${arg}` : arg));
}

/** The same as they were written: what commander has made of an argument or an option. */
export function unsigned(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(SIGNED, '');
  return Array.isArray(value) ? value.map(unsigned) : value;
}
