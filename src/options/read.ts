/** What a call or a session was given: every name known, every value checked. */
import { record } from './kinds.ts';
import { nullPrototype } from './null-prototype.ts';
import { schema } from './schema.ts';
import { unknownOption } from './suggest.ts';
import type { GivenOptions } from '../model.ts';

/**
 * Checks the options of a call or of a session.
 *
 * @param platform whose `read()` has the last word on what differs between platforms
 * @throws {InvalidRequestError} naming the nearest known name for one that is not known, and for a
 * value of the wrong kind; {@link UnsupportedError} for what the platform cannot do.
 */
export function readOptions(
  given: unknown,
  level: 'call' | 'session',
  platform: { readonly read: (name: string, value: unknown) => unknown },
): GivenOptions {
  const read = nullPrototype<Record<string, unknown>>();
  const options = record(given, `${level} options`);
  for (const name of Object.keys(options)) {
    const rule = schema[name];
    const check = rule?.[level] ?? rule?.both;
    if (!check) throw unknownOption(name, level, Object.keys(schema));
    const value = options[name];
    if (value === undefined) continue;
    const checked = value === null ? value : check(value, name);
    read[name] = rule?.platform ? platform.read(name, checked) : checked;
  }
  return read;
}
