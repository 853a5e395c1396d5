import { UnsupportedError } from '../../errors/unsupported-error.ts';

/**
 * A module of Node, as Node, Deno and Bun hand it out. It is no import, which the bundler of a page
 * would look for.
 *
 * @param what - needs it, for the message where there is none.
 */
export function builtin<T>(name: string, what: string): T {
  const host: { getBuiltinModule?(name: string): T | undefined } | undefined = Reflect.get(
    globalThis,
    'process',
  );
  const module = host?.getBuiltinModule?.(`node:${name}`);
  if (!module) throw new UnsupportedError(`${what}: node:${name} is not here`);
  return module;
}
