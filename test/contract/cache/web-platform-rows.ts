/** The rows of the Web Platform Tests in `fetch/http-cache`, as data. */

type Fields = readonly (readonly [name: string, value: string])[];

/** One request of a row, what the server answers, and what must come of it. */
export interface RowStep {
  readonly method?: string;
  readonly cache?: RequestCache;
  readonly send?: Readonly<Record<string, string>>;
  readonly status?: number;
  readonly headers?: Fields;
  readonly body?: string;
  /** Appended to the URL. */
  readonly target?: string;
  /** Seconds that pass after it. */
  readonly pause?: number;
  readonly wanted?: 'cached' | 'not cached' | 'etag validated' | 'date validated';
  readonly wantedStatus?: number;
  readonly wantedBody?: string;
  readonly wantedHeader?: readonly [name: string, value: string];
  readonly wantedSent?: Readonly<Record<string, string>>;
}

export interface Row {
  readonly group: string;
  readonly name: string;
  readonly steps: readonly RowStep[];
  /** Why it is not met. */
  readonly unmet?: string;
}

/** The moment at which each row begins. */
export const start = Date.UTC(2026, 0, 15, 12);

/** A date of HTTP, so many seconds later. */
const at = (seconds: number): string => new Date(start + seconds * 1000).toUTCString();

const fresh: Fields = [
  ['Expires', at(100_000)],
  ['Last-Modified', at(0)],
];
const stale: Fields = [
  ['Expires', at(-5_000)],
  ['Last-Modified', at(-100_000)],
];

/** A response with these headers, then a request that is answered by it or not. */
const twice = (wanted: RowStep['wanted'], ...headers: Fields): RowStep[] => [
  { headers },
  { ...(wanted && { wanted }) },
];

const freshness: [name: string, steps: RowStep[]][] = [
  ['a future Expires', twice('cached', ['Expires', at(30 * 86_400)])],
  ['a past Expires', twice('not cached', ['Expires', at(-30 * 86_400)])],
  ['a present Expires', twice('not cached', ['Expires', at(0)])],
  ['an invalid Expires', twice('not cached', ['Expires', '0'])],
  ['a positive max-age', twice('cached', ['Cache-Control', 'max-age=3600'])],
  ['max-age=0', twice('not cached', ['Cache-Control', 'max-age=0'])],
  [
    'max-age and a past Expires',
    twice('cached', ['Cache-Control', 'max-age=3600'], ['Expires', at(-10_000)]),
  ],
  [
    'max-age and an invalid Expires',
    twice('cached', ['Cache-Control', 'max-age=3600'], ['Expires', '0']),
  ],
  [
    'max-age=0 and a future Expires',
    twice('not cached', ['Cache-Control', 'max-age=0'], ['Expires', at(10_000)]),
  ],
  [
    's-maxage, which is for shared caches',
    [
      { headers: [['Cache-Control', 'max-age=1, s-maxage=3600']], pause: 3 },
      { wanted: 'not cached' },
    ],
  ],
  [
    'an Age beyond its lifetime',
    twice('not cached', ['Cache-Control', 'max-age=3600'], ['Age', '12000']),
  ],
  ['no-store', twice('not cached', ['Cache-Control', 'no-store'])],
  [
    'no-store beside max-age and Expires',
    twice('not cached', ['Cache-Control', 'max-age=10000, no-store'], ['Expires', at(10_000)]),
  ],
  ['no-cache', twice('etag validated', ['Cache-Control', 'no-cache'], ['ETag', 'abcd'])],
  [
    'no-cache beside max-age and Expires',
    twice(
      'etag validated',
      ['Cache-Control', 'max-age=10000, no-cache'],
      ['Expires', at(10_000)],
      ['ETag', 'abcd'],
    ),
  ],
];

/** A response that is validated, twice if what was validated is fresh then. */
function update(validator: readonly [string, string], expires: string, again: boolean): RowStep[] {
  const wanted = validator[0] === 'ETag' ? 'etag validated' : 'date validated';
  const wantedHeader = ['Test-Header', 'B'] as const;
  return [
    { headers: [['Expires', at(-5_000)], validator, ['Test-Header', 'A']] },
    { headers: [['Expires', expires], validator, ['Test-Header', 'B']], wanted, wantedHeader },
    ...(again ? [{ wanted: 'cached', wantedHeader } as const] : []),
  ];
}

const updates: [name: string, steps: RowStep[]][] = [
  ['of the answer by a date', update(['Last-Modified', at(-3_000)], at(-3_000), false)],
  ['of the store by a date', update(['Last-Modified', at(-3_000)], at(3_000), true)],
  ['of the answer by an ETag', update(['ETag', 'ABC'], at(-3_000), false)],
  ['of the store by an ETag', update(['ETag', 'DEF'], at(3_000), true)],
];

const directive = (
  given: Fields,
  value: string,
  wanted: RowStep['wanted'],
  pause = 0,
): RowStep[] => [
  { headers: given, pause },
  { send: { 'Cache-Control': value }, ...(wanted && { wanted }) },
];
const aged = (maxAge: number, age?: number): Fields => [
  ['Cache-Control', `max-age=${maxAge}`],
  ...(age === undefined ? [] : [['Age', String(age)] as const]),
];

const requests: [name: string, steps: RowStep[]][] = [
  ['max-age=0', directive(fresh, 'max-age=0', 'not cached', 3)],
  ['max-age=1', directive(fresh, 'max-age=1', 'not cached', 3)],
  ['max-age, of what came aged', directive(aged(3600, 1800), 'max-age=600', 'not cached')],
  ['max-stale', directive(aged(1), 'max-stale=1000', 'cached', 3)],
  ['max-stale, of what came aged', directive(aged(1500, 2000), 'max-stale=1000', 'not cached')],
  ['min-fresh', directive(aged(1500), 'min-fresh=2000', 'not cached')],
  ['min-fresh, of what came aged', directive(aged(1500, 1000), 'min-fresh=1000', 'not cached')],
  ['no-cache', directive(aged(1500), 'no-cache', 'not cached')],
  ['no-store', directive(aged(1500), 'no-store', 'not cached')],
  ['only-if-cached', [{ send: { 'Cache-Control': 'only-if-cached' }, wantedStatus: 504 }]],
];

const varying = (vary: string): Fields => [
  ['Expires', at(5_000)],
  ['Last-Modified', at(-3_000)],
  ['Vary', vary],
];
const vary = (
  names: string,
  first: Record<string, string>,
  second: Record<string, string>,
  wanted: RowStep['wanted'],
): RowStep[] => [
  { send: first, headers: varying(names) },
  { send: second, ...(wanted && { wanted }) },
];

const abc = { Foo: '1', Bar: 'abc' };
const all = { ...abc, Baz: '789' };
const varied: [name: string, steps: RowStep[], unmet?: string][] = [
  ['a header that matches', vary('Foo', { Foo: '1' }, { Foo: '1' }, 'cached')],
  ['one that does not', vary('Foo', { Foo: '1' }, { Foo: '2' }, 'not cached')],
  ['one that is left out', vary('Foo', { Foo: '1' }, {}, 'not cached')],
  [
    'a further response beside the first',
    [
      { send: { Foo: '1' }, headers: varying('Foo'), body: 'foo 1' },
      { send: { Foo: '2' }, headers: varying('Foo'), body: 'foo 2', wanted: 'not cached' },
      { send: { Foo: '1' }, wantedBody: 'foo 1', wanted: 'cached' },
    ],
  ],
  [
    'a header that is not named',
    vary('Foo', { Foo: '1', Other: '2' }, { Foo: '1', Other: '3' }, 'cached'),
    'a header that is not known to be harmless may be a credential, and tells identities apart',
  ],
  ['two that match', vary('Foo, Bar', abc, abc, 'cached')],
  ['two of which one does not', vary('Foo, Bar', abc, { ...abc, Foo: '2' }, 'not cached')],
  ['two of which one is left out', vary('Foo, Bar', { Foo: '1' }, {}, 'not cached')],
  ['three that match', vary('Foo, Bar, Baz', all, all, 'cached')],
  ['three of which one does not', vary('Foo, Bar, Baz', all, { ...all, Foo: '2' }, 'not cached')],
  ['three in any order', vary('Foo, Bar, Baz', { ...all, Bar: 'abc4' }, all, 'not cached')],
  [
    'three of which both leave out one',
    vary('Foo, Bar, Baz', { Foo: '1', Baz: '789' }, { Foo: '1', Baz: '789' }, 'cached'),
  ],
  ['*', vary('*', { Foo: '1', Baz: '789' }, { '*': '1', Baz: '789' }, 'not cached')],
];

const methods = ['POST', 'PUT', 'DELETE', 'FOO'];
const named: Fields = [
  ['Location', 'location_target'],
  ['Content-Location', 'content_location_target'],
];

/** A kept response, an unsafe request, and whether it is still there. */
function change(step: RowStep, target: string, wanted: RowStep['wanted']): RowStep[] {
  return [{ headers: fresh, target }, step, { target, ...(wanted && { wanted }) }];
}

const invalidation: [name: string, steps: RowStep[]][] = [
  '',
  'location_target',
  'content_location_target',
].flatMap((target): [string, RowStep[]][] => {
  const headers = target ? named : [];
  return [
    ...methods.map((method): [string, RowStep[]] => [
      `${target || 'the URL'} after ${method}`,
      change({ method, headers }, target, 'not cached'),
    ]),
    [
      `${target || 'the URL'} not after an error`,
      change({ method: 'POST', status: 500, headers }, target, 'cached'),
    ],
  ];
});

const guessed = (status: number, headers: Fields, wanted: RowStep['wanted']): RowStep[] => [
  { status, headers, body: status === 204 ? '' : 'guessed' },
  { ...(wanted && { wanted }), wantedStatus: wanted === 'cached' ? status : 200 },
];
const modified = ['Last-Modified', at(-300)] as const;
const heuristics: [name: string, steps: RowStep[]][] = [
  ['299 with public', guessed(299, [modified, ['Cache-Control', 'public']], 'cached')],
  ['299 without', guessed(299, [modified], 'not cached')],
  ...[200, 203, 204, 404, 405, 410, 414, 501].map((status): [string, RowStep[]] => [
    String(status),
    guessed(status, [modified], 'cached'),
  ]),
  ...[201, 202, 403, 502, 503, 504].map((status): [string, RowStep[]] => [
    String(status),
    guessed(status, [modified], 'not cached'),
  ]),
];

const statuses = [200, 203, 204, 299, 400, 404, 410, 499, 500, 502, 503, 504, 599].flatMap(
  (status): [string, RowStep[]][] => {
    const body = status === 204 ? '' : `body ${status}`;
    return [
      [`${status}, stale`, [{ headers: stale, status, body }, { wanted: 'not cached' }]],
      [
        `${status}, fresh`,
        [
          { headers: fresh, status, body },
          { wanted: 'cached', wantedStatus: status, wantedBody: body },
        ],
      ],
    ];
  },
);

const part = (body: string, range: string): RowStep => ({
  send: { Range: 'bytes=-5' },
  status: 206,
  headers: [
    ['Cache-Control', 'max-age=3600'],
    ['Content-Range', range],
  ],
  body,
});
const whole = (body: string): RowStep => ({ headers: [['Cache-Control', 'max-age=3600']], body });
const partOf = (range: string, wantedBody: string): RowStep => ({
  send: { Range: range },
  wanted: 'cached',
  wantedStatus: 206,
  wantedBody,
});
const parts: [name: string, steps: RowStep[]][] = [
  ['a part is reused', [part('01234', 'bytes 4-9/10'), partOf('bytes=-5', '01234')]],
  ['of a whole, from and to', [whole('01234567890'), partOf('bytes=0-1', '01')]],
  ['of a whole, from', [whole('01234567890'), partOf('bytes=1-', '1234567890')]],
  ['of a whole, the last', [whole('0123456789A'), partOf('bytes=-1', 'A')]],
  ['of a part, from and to', [part('01234', 'bytes 4-9/10'), partOf('bytes=6-8', '234')]],
  ['of a part, from', [part('01234', 'bytes 4-9/10'), partOf('bytes=6-', '234')]],
  ['of a part, the last', [part('01234', 'bytes 4-9/10'), partOf('bytes=-1', '4')]],
  ['a part is completed', [part('01234', 'bytes 0-4/10'), { wantedSent: { range: 'bytes=5-' } }]],
];

const modes: [name: string, steps: RowStep[]][] = [
  ['no-cache', [{ cache: 'no-cache', wantedSent: { 'cache-control': 'max-age=0' } }]],
  [
    'no-cache beside Cache-Control',
    [
      {
        cache: 'no-cache',
        send: { 'cache-control': 'foo' },
        wantedSent: { 'cache-control': 'foo' },
      },
    ],
  ],
  [
    'no-store',
    [{ cache: 'no-store', wantedSent: { 'cache-control': 'no-cache', pragma: 'no-cache' } }],
  ],
  [
    'no-store beside Cache-Control',
    [
      {
        cache: 'no-store',
        send: { 'cache-control': 'foo' },
        wantedSent: { 'cache-control': 'foo' },
      },
    ],
  ],
  [
    'no-store beside Pragma',
    [{ cache: 'no-store', send: { pragma: 'foo' }, wantedSent: { pragma: 'foo' } }],
  ],
  [
    'If-None-Match of the caller',
    [
      {
        send: { 'If-None-Match': 'abc' },
        wantedSent: { 'cache-control': 'no-cache', pragma: 'no-cache' },
      },
    ],
  ],
];

const located = (method: string): RowStep[] => [
  {
    method,
    headers: [
      ['Cache-Control', 'private, max-age=1000'],
      ['Content-Location', ''],
    ],
  },
  { wanted: 'cached' },
];

const group = (
  name: string,
  rows: readonly (readonly [string, RowStep[], string?])[],
  unmet?: string,
): Row[] =>
  rows.map(([row, steps, why = unmet]) => ({
    group: name,
    name: row,
    steps,
    ...(why !== undefined && { unmet: why }),
  }));

export const rows: readonly Row[] = [
  ...group('freshness', freshness),
  ...group('304-update', updates),
  ...group('cc-request', requests),
  ...group('vary', varied),
  ...group('invalidate', invalidation),
  ...group('heuristic', heuristics),
  ...group('status', statuses),
  ...group('partial', parts, 'requests with Range are left alone'),
  ...group('cache-mode', modes),
  ...group(
    'post-patch',
    [
      ['POST', located('POST')],
      ['PATCH', located('PATCH')],
    ],
    'only what was asked for by GET is kept',
  ),
];
