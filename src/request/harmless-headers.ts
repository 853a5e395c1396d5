const names = /^(?:accept|user-agent|range|cache-control|pragma|dnt|upgrade-insecure-requests)$/;
const families = /^(?:accept|if|sec-ch|sec-fetch)-/;

/** Headers that tell nothing about who asks: an allowlist, as every denylist has leaked. */
export function isHarmless(name: string): boolean {
  return names.test(name) || families.test(name);
}
