import { PRELUDE } from './prelude.js';

/** KEYS: admissions. ARGV per key: generation, ms for which the id stays taken at least, since that job lives. Returns 1. */
export const HOLD_ID = `${PRELUDE}
local now = clock()
for i = 1, #KEYS do hold(KEYS[i] .. ARGV[2 * i - 1], tonumber(ARGV[2 * i]), now) end
return 1
`;
