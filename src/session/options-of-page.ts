import { prepareBody } from '../call/prepare-body.ts';
import type { CallerOptions, GivenOptions, SessionState } from '../model.ts';
import { mergeOptions } from '../options/merge.ts';
import { readOptions } from '../options/read.ts';
import { readHeaders } from '../request/headers.ts';
import { readPairs } from '../request/url.ts';

/**
 * The options of a page over those of its call, as a call's are over its session's; `key` tells
 * pages apart that have one URL before their parameters are added. Only a body that is text can be
 * told from another.
 */
export function optionsOfPage(
  call: CallerOptions,
  next: CallerOptions,
  { options, platform }: SessionState,
): { merged: GivenOptions; key: unknown } {
  const ours = readOptions(call, 'call', platform);
  const theirs = readOptions(next, 'call', platform);
  const merged: GivenOptions = { ...ours, ...theirs };
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
  const { stringifyJson } = mergeOptions(options, merged);
  const [body] = prepareBody(merged, { method: '', stringifyJson, keep: 0, ofCall: undefined });
  const isText = Object(body) !== body;
  return {
    merged,
    key: isText ? JSON.stringify([merged.searchParams, merged.headers, body]) : body,
  };
}
