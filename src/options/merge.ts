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
  let init: Record<string, unknown> | undefined;
  for (const name in given) {
    const value = given[name as keyof GivenOptions];
    const rule = schema[name];
    if (rule?.init) {
      init ??= nullPrototype<Record<string, unknown>>(base.init);
      init[name] = value ?? undefined;
    }
    if (rule?.merge) {
      changes ??= nullPrototype<Record<string, unknown>>();
      // Only resolved options have a rule.
      changes[name] = merge(base, name as keyof ResolvedOptions, value);
    }
  }
  if (init) {
    changes ??= nullPrototype<Record<string, unknown>>();
    changes['init'] = Object.freeze(init);
  }
  return changes ? frozen(base, changes) : base;
}

function merge(base: ResolvedOptions, name: keyof ResolvedOptions, value: unknown): unknown {
  if (value === null) return defaults[name];
  // What is combined is a record by its kind.
  if (schema[name]?.merge === 'keys') return frozen(base[name] as object, value as object);
  return value;
}
