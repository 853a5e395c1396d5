import type { ResolvedOptions } from '../types/resolved-options.ts';
import { defaults } from './defaults.ts';
import { frozen, nullPrototype } from './null-prototype.ts';
import { schema } from './schema.ts';
import type { GivenOptions } from '../model.ts';

/**
 * The options of a session or call over those that it inherits, by the rules of the schema; `null`
 * goes back to the default. Gives `base` itself where there is nothing to merge.
 */
export function mergeOptions(base: ResolvedOptions, given: GivenOptions): ResolvedOptions {
  let changes: Record<string, unknown> | undefined;
  for (const name in given) {
    const value = given[name as keyof GivenOptions];
    const rule = schema[name];
    if (!rule) continue;
    if (rule.init) {
      changes ??= nullPrototype<Record<string, unknown>>();
      changes['init'] = frozen(changes['init'] ?? base.init, { [name]: value ?? undefined });
    }
    if (rule.merge) {
      changes ??= nullPrototype<Record<string, unknown>>();
      // Only resolved options have a rule, and those that are combined are records.
      const option = name as keyof ResolvedOptions;
      if (value === null) changes[name] = defaults[option];
      else if (rule.merge === 'keys')
        changes[name] = frozen(base[option] as object, value as object);
      else changes[name] = value;
    }
  }
  return changes ? frozen(base, changes) : base;
}
