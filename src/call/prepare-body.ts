/** The body of a call, out of its `json`, `form` or `body`. */
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { Cancellation } from '../cancellation/cancellation.ts';
import type { CallerOptions, GivenOptions, RunningCall } from '../model.ts';
import { hasBrand, isRequest } from '../request/host/brand.ts';
import { isLazy, type PreparedBody, readBody } from '../request/body.ts';
import { encodePairs, readPairs } from '../request/url.ts';

/** How a given body is read. */
export interface BodyReading {
  readonly method: string;
  readonly stringifyJson: ((value: unknown) => string) | undefined;
  /** So many bytes of a stream are held for retries and redirects. */
  readonly keep: number;
  /** The content-type that the call has set. */
  readonly ofCall: string | null | undefined;
}

type AbortedCall = Pick<RunningCall, 'input'> &
  Pick<Cancellation, 'reason'> & { readonly options: CallerOptions | undefined };

/** Reads at most one of the three, with the content-type that goes with it. */
export function prepareBody(given: GivenOptions, rules: BodyReading): PreparedBody {
  const { json, form, body } = given;
  const bodies: PreparedBody[] = [];
  if (json !== undefined) {
    bodies.push([stringify(json, rules.stringifyJson ?? JSON.stringify), 'application/json']);
  }
  if (form) {
    const pairs = encodePairs(readPairs(form, 'form'));
    bodies.push([pairs, 'application/x-www-form-urlencoded', true]);
  }
  if (body !== undefined && body !== null) bodies.push(readBody(body, rules.keep));
  const [first, second] = bodies;
  if (!first) return [null];
  if (isDevelopment) {
    if (second) throw new InvalidRequestError('json, form and body cannot go together');
    if (rules.method === 'GET' || rules.method === 'HEAD')
      throw new InvalidRequestError(`${rules.method} has no body: use post() or searchParams`);
  }
  if (isLazy(first[0])) first[0].ofCall = rules.ofCall;
  return first;
}

/** A stream that was given to a call which was aborted: nobody will read it (Fetch, "abort"). */
export function cancelBody(call: AbortedCall): void {
  const { input, options, reason } = call;
  const body = options?.body ?? (isRequest(input) ? input.body : undefined);
  if (hasBrand(body, 'ReadableStream') && !body.locked) body.cancel(reason).catch(() => {});
}

function stringify(json: unknown, stringifyJson: (value: unknown) => unknown): string {
  let cause: unknown;
  try {
    const text = stringifyJson(json);
    if (typeof text === 'string') return text;
  } catch (error) {
    cause = error;
  }
  throw new InvalidRequestError(isDevelopment ? 'json cannot be serialised' : 'json', { cause });
}
