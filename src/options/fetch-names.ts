/** The names that `fetch` knows. */

/** What only an init has: members of the standard, then what runtimes and frameworks have added. */
export const runtimeInitNames = [
  'priority',
  'duplex',
  'window',
  'dispatcher',
  'next',
  'cf',
  'client',
  'unix',
  'verbose',
  'decompress',
  'targetAddressSpace',
  'attributionReporting',
  'privateToken',
  'proxy',
  'tls',
] as const;

/** What a `Request` has, too (Fetch, section 5.4), and we know nothing about. */
const forwardedNames = [
  'mode',
  'cache',
  'integrity',
  'keepalive',
  'referrer',
  'referrerPolicy',
] as const;

/** The members of a `Request` that an init has as well. */
export const requestInitNames = [
  'method',
  'headers',
  'body',
  'signal',
  'redirect',
  'credentials',
  ...forwardedNames,
] as const;

/** A fetch transport is given them as they are. */
export const passThroughNames = [...forwardedNames, ...runtimeInitNames] as const;
