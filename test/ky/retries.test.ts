/** Further attempts: when, how often, after what wait. */
import type { Options } from 'ky';
import {
  atOnce,
  type Behaviour,
  failure,
  type Reply,
  reset,
  sideBySide,
  waits,
} from './side-by-side.ts';

type Retry = NonNullable<Options['retry']>;
type Method = 'get' | 'post' | 'put' | 'delete' | 'head' | 'patch';

/** What comes of a call, and how many requests it has made. */
const tried =
  (
    replies: Reply[],
    retry: Retry | undefined,
    options: Options & { verb?: Method } = {},
  ): Behaviour =>
  async ({ ky, serve }) => {
    const { url, seen } = await serve(...replies);
    const { verb = 'get', ...rest } = options;
    const quick = typeof retry === 'object' ? { ...atOnce, ...retry } : retry;
    const given: Options = quick === undefined ? rest : { ...rest, retry: quick };
    let outcome: unknown;
    try {
      outcome = await ky[verb](url, given).text();
    } catch (error) {
      outcome = error;
    }
    return { outcome, requests: seen.length };
  };

sideBySide('retry', {
  'follows a broken connection': tried([reset, reset, 'ok'], {}),
  'follows a status of 500': tried([500, 500, 'ok'], {}),
  'is made twice by default': tried([500], {}),
  'does not follow a status of 400': tried([400], {}),
  'does not follow a POST': tried([500], {}, { verb: 'post' }),
  'does not follow a PATCH': tried([500], {}, { verb: 'patch' }),
  'does not follow a broken connection of a POST': tried([reset], {}, { verb: 'post' }),
  ...Object.fromEntries(
    (['get', 'put', 'head', 'delete'] as const).map((verb) => [
      `follows ${verb.toUpperCase()}`,
      tried([500, 'ok'], {}, { verb }),
    ]),
  ),
  ...Object.fromEntries(
    [408, 429, 500, 502, 503, 504].map((status) => [
      `follows a status of ${status}`,
      tried([status, 'ok'], {}),
    ]),
  ),
  ...Object.fromEntries(
    [401, 403, 404, 409, 422, 501, 505].map((status) => [
      `does not follow a status of ${status}`,
      tried([status], {}),
    ]),
  ),
  'sends the same QUERY again': async ({ ky, serve }) => {
    const { url, seen } = await serve(500, 500, 'ok');
    await ky.query(url, { json: { foo: true }, retry: atOnce });
    return seen.map(({ method, body }) => [method, body]);
  },
  'sends the same PUT again': async ({ ky, serve }) => {
    const { url, seen } = await serve(500, 'ok');
    await ky.put(url, { json: { foo: true }, headers: { 'x-a': '1' }, retry: atOnce });
    return seen.map(({ method, body, headers }) => [method, body, headers['x-a']]);
  },
  'has a limit': tried([408], { limit: 3 }),
  'has a limit of 0': tried([408], { limit: 0 }),
  'has a limit of 0 by a number': tried([408], 0),
  'is a number': tried([408], 1),
  'is none where its limit is undefined: the default': tried([500], {
    limit: undefined,
  } as unknown as Retry),
  'has methods': tried([408], { limit: 2, methods: ['get'] }),
  'has methods in upper case': tried([408], { limit: 2, methods: ['GET'] as never }),
  'has methods of its own': tried([408, 'ok'], { methods: ['post'] }, { verb: 'post' }),
  'has methods that leave others out': tried([408], { methods: ['get'] }, { verb: 'put' }),
  'has no methods': tried([413], { limit: 5, methods: [] }),
  'has neither methods nor statuses': tried([413], { limit: 5, methods: [], statusCodes: [] }),
  'has statuses': tried([404, 'ok'], { statusCodes: [404] }),
  'has statuses that leave others out': tried([500], { statusCodes: [404] }),
  'has no methods that are no list': ({ ky }) =>
    failure(() => ky('http://server.test', { retry: { methods: 'get' as never } })),
  'has no statuses that are no list': ({ ky }) =>
    failure(() => ky('http://server.test', { retry: { statusCodes: 403 as never } })),
  'keeps its limit where an extension adds methods': async ({ ky, serve }) => {
    const { url, seen } = await serve(408);
    const api = ky.create({ retry: 3 }).extend({ retry: { methods: ['get'], ...atOnce } });
    await failure(() => api(url));
    return seen.length;
  },
  'of a call goes before that of the instance': async ({ ky, serve }) => {
    const { url, seen } = await serve(408);
    await failure(() =>
      ky.create({ retry: { limit: 5, ...atOnce } })(url, { retry: { limit: 1 } }),
    );
    return seen.length;
  },
  'leaves the record that it was given': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    const retry = { methods: ['GET'] as never };
    await ky(url, { retry });
    return retry;
  },
  'is not made of a response that is not thrown': tried([500], {}, { throwHttpErrors: false }),
  'follows 413 with Retry-After alone': tried([413], {}),
  'follows 413 with Retry-After': tried(
    [{ status: 413, headers: { 'retry-after': 0 } }, 'ok'],
    undefined,
  ),
  'follows errors of connections and statuses as one': tried([reset, 500, 'ok'], { limit: 3 }),
  'shares its limit between the two': tried([reset, 500], { limit: 1 }),
  'keeps no cookie of its own': tried([{ status: 500, headers: { 'x-a': '1' } }, 'ok'], {
    limit: 1,
  }),
});

/** The waits of this list that a call has begun after this response. */
const waited =
  (headers: Record<string, string | number>, retry: Retry, ms: number[], status = 429): Behaviour =>
  async ({ ky, serve }) => {
    const { url, seen } = await serve({ status, headers }, 'ok');
    const given = { limit: 1, ...(retry as object) };
    const begun = await waits(ms, () => failure(() => ky(url, { timeout: false, retry: given })));
    return { begun, requests: seen.length };
  };
const longest = 2 ** 31 - 1;
const epoch = '1704067200';

sideBySide('Retry-After', {
  'of 0 means now': waited({ 'retry-after': 0 }, { delay: () => 77 }, [0, 77]),
  'of 0 means now for 413': waited({ 'retry-after': 0 }, { delay: () => 77 }, [0, 77], 413),
  'is seconds': waited({ 'retry-after': 7 }, { delay: () => 77 }, [7000, 77]),
  'is seconds for 503': waited({ 'retry-after': 7 }, { delay: () => 77 }, [7000, 77], 503),
  'is not read for 500': waited({ 'retry-after': 7 }, { delay: () => 77 }, [7000, 77], 500),
  'is read for 500 by afterStatusCodes': waited(
    { 'retry-after': 7 },
    { delay: () => 77, afterStatusCodes: [500] },
    [7000, 77],
    500,
  ),
  'is no cause to retry by itself': waited(
    { 'retry-after': 7 },
    { delay: () => 77, afterStatusCodes: [400] },
    [7000, 77],
    400,
  ),
  'of many seconds is no moment': waited({ 'retry-after': epoch }, {}, [longest]),
  'in hexadecimal is none': waited({ 'retry-after': '0x10' }, { delay: () => 77 }, [16_000, 77]),
  'with an exponent is none': waited({ 'retry-after': '1e3' }, { delay: () => 77 }, [77]),
  'of nothing is none': waited({ 'retry-after': '' }, { delay: () => 77 }, [77]),
  'that is none is none for 413, too': waited(
    { 'retry-after': 'soon' },
    { delay: () => 77, maxRetryAfter: 55 },
    [77, 55],
    413,
  ),
  'that is none does not lead to another header': waited(
    { 'retry-after': '1e3', 'ratelimit-reset': epoch },
    { delay: () => 77 },
    [77, longest],
  ),
  'goes before RateLimit-Reset': waited(
    { 'retry-after': 4, 'ratelimit-reset': 9 },
    { delay: () => 77 },
    [4000, 9000, 77],
  ),
  'has a maximum': waited({ 'retry-after': 9 }, { maxRetryAfter: 420 }, [9000, 420]),
  'has a maximum that it need not reach': waited(
    { 'retry-after': 1 },
    { maxRetryAfter: 2222 },
    [1000, 2222],
  ),
  'is a date in the past: now': waited(
    { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' },
    { delay: () => 77 },
    [0, 77],
  ),
  'is a date of the older form in the past': waited(
    { 'retry-after': 'Sunday, 06-Nov-94 08:49:37 GMT' },
    { delay: () => 77 },
    [0, 77],
  ),
  'is a date of asctime in the past': waited(
    { 'retry-after': 'Sun Nov  6 08:49:37 1994' },
    { delay: () => 77 },
    [0, 77],
  ),
  'is no date of another form': waited(
    { 'retry-after': 'Sun Nov 06 1994 08:49:37 GMT' },
    { delay: () => 77 },
    [0, 77],
  ),
  'is no date that is none': waited(
    { 'retry-after': 'Sun, 32 Dec 2030 25:99:99 GMT' },
    { delay: () => 77 },
    [0, 77],
  ),
  'is a date far ahead': waited(
    { 'retry-after': 'Sun, 06 Nov 2094 08:49:37 GMT' },
    { delay: () => 77 },
    [longest, 77],
  ),
  'is a date with a maximum': waited(
    { 'retry-after': 'Sun, 06 Nov 2094 08:49:37 GMT' },
    { delay: () => 77, maxRetryAfter: 123 },
    [123, 77],
  ),
  'has no jitter': waited({ 'retry-after': 1 }, { jitter: () => 66 }, [1000, 66]),
  ...Object.fromEntries(
    ['ratelimit-reset', 'x-ratelimit-retry-after', 'x-ratelimit-reset', 'x-rate-limit-reset'].map(
      (name) => [`may be called ${name}`, waited({ [name]: 5 }, { delay: () => 77 }, [5000, 77])],
    ),
  ),
  'may be empty as RateLimit-Reset': waited({ 'ratelimit-reset': '' }, { delay: () => 77 }, [77]),
  'as an empty RateLimit-Reset leads to no other header': waited(
    { 'ratelimit-reset': '', 'x-ratelimit-reset': 9 },
    { delay: () => 77 },
    [77, 9000],
  ),
  'as X-RateLimit-Retry-After is no moment': waited(
    { 'x-ratelimit-retry-after': '600000' },
    { delay: () => 77 },
    [600_000_000, 77],
  ),
});

const backoff =
  (statuses: Reply[], retry: Retry, ms: number[]): Behaviour =>
  async ({ ky, serve }) => {
    const { url, seen } = await serve(...statuses);
    const begun = await waits(ms, () => failure(() => ky(url, { timeout: false, retry })));
    return { begun, requests: seen.length };
  };

sideBySide('delay', {
  'grows from 300 ms': backoff([500], { limit: 4 }, [300, 600, 1200, 2400]),
  "is one's own": backoff([500], { limit: 3, delay: (count) => 111 * count }, [111, 222, 333]),
  'has a limit': backoff([500], { limit: 3, backoffLimit: 777 }, [300, 600, 777, 1200]),
  'has no limit where it is undefined': backoff(
    [500],
    { limit: 3, backoffLimit: undefined } as unknown as Retry,
    [300, 600, 1200],
  ),
  "of one's own has a limit": backoff(
    [500],
    { limit: 2, delay: () => 999, backoffLimit: 444 },
    [999, 444],
  ),
  "has a jitter of one's own": backoff(
    [500],
    { limit: 2, jitter: (delay) => delay + 7 },
    [300, 307, 600, 607],
  ),
  'tells the jitter what it is': async ({ ky, serve }) => {
    const { url } = await serve(500);
    const told: number[] = [];
    const jitter = (delay: number) => (told.push(delay), 0);
    await failure(() => ky(url, { retry: { limit: 3, jitter } }));
    return told;
  },
  "tells the jitter what it is of one's own": async ({ ky, serve }) => {
    const { url } = await serve(500);
    const told: number[] = [];
    const jitter = (delay: number) => (told.push(delay), 0);
    await failure(() => ky(url, { retry: { limit: 2, delay: (n) => 100 * n, jitter } }));
    return told;
  },
  'has a limit after the jitter': backoff(
    [500],
    { limit: 1, jitter: () => 9999, backoffLimit: 444 },
    [9999, 444],
  ),
  'has no jitter that is no number': backoff([500], { limit: 1, jitter: () => NaN }, [300]),
  'has no jitter below 0': backoff([500], { limit: 1, jitter: () => -5 }, [300]),
  'is drawn where jitter is true': async ({ ky, serve }) => {
    const { url, seen } = await serve(500, 'ok');
    const random = Math.random;
    Math.random = () => 0.5;
    try {
      const retry = { jitter: true };
      const begun = await waits([150, 300], () => ky(url, { timeout: false, retry }));
      return [begun, seen.length];
    } finally {
      Math.random = random;
    }
  },
  'is told the number of the retry': async ({ ky, serve }) => {
    const { url } = await serve(500);
    const told: number[] = [];
    await failure(() => ky(url, { retry: { limit: 3, delay: (count) => (told.push(count), 0) } }));
    return told;
  },
});
