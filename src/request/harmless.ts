/** Headers whose values may go anywhere. */

const harmlessNames =
  /^(?:accept|user-agent|range|cache-control|pragma|dnt|upgrade-insecure-requests)$/;
const harmlessFamilies = /^(?:accept|if|sec-ch|sec-fetch)-/;

/** Headers that tell nothing about who asks: an allowlist, as every denylist has leaked. */
export function isHarmless(name: string): boolean {
  return harmlessNames.test(name) || harmlessFamilies.test(name);
}
