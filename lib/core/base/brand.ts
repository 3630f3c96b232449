type Class = abstract new (...args: never[]) => object;

const byPrototype = Function.prototype[Symbol.hasInstance];

/**
 * Lets `instanceof` know what another copy of this package made: a library may bring its own, and a handler there returns a `DqAgain` of
 * its own class. For each class that users or this package tell apart, by name. Subclasses of users are known as usual.
 */
export function branded(classes: Readonly<Record<string, Class>>): void {
  for (const [name, type] of Object.entries(classes)) {
    const brand = Symbol.for(`nestjs-dq:${name}`);
    Object.defineProperty(type.prototype, brand, { value: true });
    Object.defineProperty(type, Symbol.hasInstance, {
      value(this: Class, value: unknown): boolean {
        return this === type ? hasBrand(value, brand) : byPrototype.call(this, value);
      },
    });
  }
}

/** Whatever was thrown may be anything. */
function hasBrand(value: unknown, brand: symbol): boolean {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return brand in value;
  } catch {
    return false;
  }
}
