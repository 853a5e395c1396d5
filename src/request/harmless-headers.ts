const harmless =
  /^(?:accept(?:-.*)?|user-agent|range|cache-control|pragma|if-.*|sec-ch-.*|sec-fetch-.*|dnt|upgrade-insecure-requests)$/;

/** Headers that tell nothing about who asks: an allowlist, as every denylist has leaked. */
export function isHarmless(name: string): boolean {
  return harmless.test(name);
}
