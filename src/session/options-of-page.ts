import type { CallerOptions, Platform } from '../model.ts';
import { readOptions } from '../options/read.ts';
import { readHeaders } from '../request/headers.ts';
import { readPairs } from '../request/url.ts';
import type { CallOptions } from '../types/options.ts';

/**
 * The options of a page over those of its call, as a call's are over its session's; `key` tells
 * pages apart that have one URL before their parameters are added.
 */
export function optionsOfPage(
  call: CallOptions,
  next: CallOptions,
  platform: Platform,
): { merged: CallerOptions; key: string } {
  const ours = readOptions(call, 'call', platform);
  const theirs = readOptions(next, 'call', platform);
  const merged: CallerOptions = { ...ours, ...theirs };
  for (const name of ['timeout', 'retry', 'context'] as const)
    if (theirs[name])
      Object.assign(merged, { [name]: Object.assign({}, ours[name], theirs[name]) });
  if (theirs.headers) {
    const pairs = [...readHeaders(ours.headers ?? {}), ...readHeaders(theirs.headers)];
    merged.headers = Object.fromEntries(pairs);
  }
  if (theirs.searchParams) {
    const pairs = readPairs(theirs.searchParams, 'searchParams');
    const names = new Set(pairs.map(([name]) => name));
    const kept = readPairs(ours.searchParams ?? [], 'searchParams');
    const searchParams = [...kept.filter(([name]) => !names.has(name)), ...pairs];
    Object.assign(merged, { searchParams });
  }
  return { merged, key: JSON.stringify([merged.searchParams, merged.headers]) };
}
