/** What `stats` and `stats-tube` answer: flat `key: value` lines. Read by hand, since a YAML reader does far more than that. */
export function parseStats(body: Buffer): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of body.toString('latin1').split('\n')) {
    const match = /^([A-Za-z0-9-]+): "?([^"]*)"?$/.exec(line);
    if (match) fields.set(match[1] as string, match[2] as string);
  }
  return fields;
}

/** A count among them; 0 when it is missing. */
export function countOf(fields: ReadonlyMap<string, string>, key: string): number {
  const value = Number(fields.get(key));
  return Number.isSafeInteger(value) ? value : 0;
}
