import { isDevelopment } from '../development.ts';
import type { SessionState } from '../model.ts';
import type { ExtendOptions } from '../types/session.ts';

/** Among the options of a child: what it starts from. A subclass hands it on with the options. */
const parentKey = Symbol('isosession.parent');

type ChildOptions = ExtendOptions & { readonly [parentKey]?: SessionState };

/** The options of a child, with its parent among them. */
export function childOptions(options: ExtendOptions, parent: SessionState): ExtendOptions {
  // What is no record is refused by the constructor.
  if (isDevelopment && (Object(options) !== options || Array.isArray(options))) return options;
  const child: ChildOptions = { ...options, [parentKey]: parent };
  return child;
}

/** Whose child a session with these options is. */
export function parentOf(options: ChildOptions | null | undefined): SessionState | undefined {
  if (!options || !Object.hasOwn(options, parentKey)) return undefined;
  return options[parentKey];
}
