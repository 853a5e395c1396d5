import type { ResolvedOptions } from '../types/resolved-options.ts';
import { frozen } from './null-prototype.ts';
import { schema } from './schema.ts';

/** What holds when nobody says otherwise. */
export const defaults = frozen<ResolvedOptions>(
  ...Object.entries(schema).map(([name, rule]) =>
    rule?.default !== undefined ? { [name]: rule.default } : null,
  ),
  { init: frozen({}) },
);
