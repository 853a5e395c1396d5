/**
 * Programs at random: a session, its child or that of a visitor, with mounts and with middleware on
 * every ring that changes URLs, is called over five origins, through redirects and pages. What is
 * sent is held to a model of its own, which knows of a program only where each request came from.
 *
 * @module
 */
import { Session, type SessionOptions, type Transport, type TransportRequest } from 'isosession';
import { forwardSession } from 'isosession/ssr';
import { Random } from './random.ts';

const origins = ['a', 'b', 'c', 'd', 'e'].map((name) => `https://${name}.test`);

/** Secrets by their carrier, each in a header or a parameter that names it. */
const carriers = [
  'session-header',
  'session-auth',
  'session-param',
  'call-header',
  'call-auth',
  'kept-header',
  'visitor-header',
  'visitor-cookie',
] as const;
type Carrier = (typeof carriers)[number];

/** What leads from one request to the next. */
type Way = 'redirect' | 'link' | 'middleware';

/** Outermost first. */
const rings = ['call', 'attempt', 'hop'] as const;
type Ring = (typeof rings)[number];

interface Step {
  readonly origin: string;
  /** How the request to it comes about; the first one is the caller's. */
  readonly way: Way | 'call';
  /** Of the middleware that leads to it. */
  readonly ring: Ring | undefined;
}

/** A program: where it leads, and whose each origin is. */
interface Program {
  readonly baseUrl: string | undefined;
  readonly origins: readonly string[];
  /** The backends of a visitor; `undefined`: there is no visitor. */
  readonly to: readonly string[] | undefined;
  readonly steps: readonly Step[];
  /** `keepHeaders` names one. */
  readonly keeps: boolean;
  readonly isChild: boolean;
  readonly isMounted: boolean;
}

/** What was sent in vain, or reached who may not see it. */
export interface Fault {
  readonly number: number;
  readonly message: string;
}

function programOf(random: Random): Program {
  const baseUrl = random.chance(0.7) ? random.pick(origins) : undefined;
  const trusted = baseUrl ? origins.filter(() => random.chance(0.25)) : [];
  const length = 2 + random.below(4);
  const steps: Step[] = [
    {
      origin: baseUrl && random.chance(0.7) ? baseUrl : random.pick(origins),
      way: 'call',
      ring: undefined,
    },
  ];
  while (steps.length < length) {
    // The two that the server leads by, and the one that the application does.
    const way = random.pick<Way>(['redirect', 'redirect', 'link', 'middleware']);
    const last = steps.at(-1);
    const ring = way === 'middleware' ? ringAfter(last, random) : undefined;
    if (way === 'middleware' && !ring) continue;
    const origin = random.chance(0.4) && last ? last.origin : random.pick(origins);
    if (way === 'middleware' && last?.origin === origin) continue;
    steps.push({ origin, way, ring });
  }
  return {
    baseUrl,
    origins: trusted,
    to: random.chance(0.3) ? origins.filter(() => random.chance(0.6)) : undefined,
    steps,
    keeps: random.chance(0.5),
    isChild: random.chance(0.3),
    isMounted: random.chance(0.3),
  };
}

/** A ring whose middleware sees the request: outer ones see none that a redirect leads to. */
function ringAfter(last: Step | undefined, random: Random): Ring | undefined {
  if (last?.way === 'redirect') return 'hop';
  const inner = rings.slice(last?.ring ? rings.indexOf(last.ring) + 1 : 0);
  return inner.length > 0 ? random.pick(inner) : undefined;
}

/**
 * The model. A secret is dropped for good where a request goes to another origin than the one
 * before, unless both are the session's own. The session's goes at first to its own origins or,
 * without a `baseUrl`, wherever the caller calls. A visitor's goes to backends, until somebody else
 * was asked.
 *
 * @returns by step, what may arrive there
 */
function allowed({ baseUrl, origins: more, to, keeps, steps }: Program): Set<Carrier>[] {
  const own = new Set(baseUrl ? [baseUrl, ...more] : []);
  const [first] = steps;
  const inScope = !baseUrl || (first !== undefined && own.has(first.origin));
  // A call's auth takes the place of the session's.
  let held = new Set<Carrier>(['call-header', 'call-auth', 'kept-header']);
  if (inScope) held.add('session-header').add('session-param').add('visitor-header');
  let isOfVisitor = to !== undefined;
  let params = held.has('session-param');
  let scoped = inScope;
  return steps.map(({ origin, way, ring }, i) => {
    const before = steps[i - 1];
    const crosses = before !== undefined && before.origin !== origin;
    if (crosses && !(own.has(before.origin) && own.has(origin))) {
      held = new Set(keeps ? ['kept-header'] : []);
      params = scoped = false;
    }
    // A redirect has a query of its own; a link is a call, whose defaults are added anew.
    if (way === 'redirect') params = false;
    if (way === 'link') params = scoped;
    const here = new Set(held);
    if (params) here.add('session-param');
    else here.delete('session-param');
    if (isSent(steps, i) && !to?.includes(origin)) isOfVisitor = false;
    // Both are attached before middleware around hops, and cookies belong to a URL.
    const isAttached = ring !== 'hop' || (before !== undefined && to?.includes(before.origin));
    if (!isOfVisitor || !isAttached) here.delete('visitor-header');
    if (isOfVisitor && ring !== 'hop') here.add('visitor-cookie');
    return here;
  });
}

/** The steps that are sent: what a middleware leads elsewhere is not. */
const isSent = (steps: readonly Step[], i: number): boolean => steps[i + 1]?.way !== 'middleware';

/** Answers each step by what leads to the next one. */
class Journey implements Transport {
  readonly sent: TransportRequest[] = [];
  readonly #steps: readonly Step[];

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
  }

  urlOf(i: number): string {
    return `${String(this.#steps[i]?.origin)}/${i}`;
  }

  async send(request: TransportRequest): Promise<Response> {
    this.sent.push(request);
    const here = Number(request.url.pathname.slice(1));
    const next = this.#steps[here + 1];
    if (next?.way === 'redirect')
      return new Response(null, { status: 302, headers: { location: this.urlOf(here + 1) } });
    const link = next && `<${this.urlOf(here + 1)}>; rel="next"`;
    return new Response('', link ? { headers: { link } } : {});
  }
}

/** Of a request, the carriers whose secret is in it. */
function found({ url, headers }: TransportRequest): Set<Carrier> {
  const text = [url.href, ...[...headers].flat()].join('\n');
  return new Set(carriers.filter((carrier) => text.includes(`canary-${carrier}`)));
}

/** Runs one program; gives what is out of place. */
export async function runProgram(seed: number, number: number): Promise<Fault[]> {
  const random = new Random(seed * 1_000_003 + number);
  const program = programOf(random);
  const { steps, baseUrl } = program;
  const journey = new Journey(steps);
  const options: SessionOptions = {
    retry: 0,
    headers: { 'x-session': 'canary-session-header' },
    searchParams: { key: 'canary-session-param' },
    auth: withAuthorization('canary-session-auth'),
    origins: program.origins,
    ...(baseUrl && { baseUrl }),
    ...(!program.isMounted && { transport: journey }),
  };
  const parent = new Session(options);
  if (program.isMounted) for (const origin of origins) parent.mount(origin, journey);
  const owner = program.to
    ? forwardSession(parent, visitor(), { to: program.to, forwardHeaders })
    : parent;
  const session = program.isChild ? owner.extend() : owner;
  for (const around of rings) {
    if (!steps.some(({ ring }) => ring === around)) continue;
    session.use(
      (request, next) => {
        const here = Number(request.url.pathname.slice(1));
        if (steps[here + 1]?.ring !== around) return next(request);
        const url = new URL(request.url);
        const to = new URL(journey.urlOf(here + 1));
        url.host = to.host;
        url.pathname = to.pathname;
        return next({ ...request, url });
      },
      { around },
    );
  }
  const call = {
    headers: { 'x-call': 'canary-call-header', 'x-kept': 'canary-kept-header' },
    keepHeaders: program.keeps ? ['x-kept'] : [],
    auth: withAuthorization('canary-call-auth'),
  };
  for await (const page of session.paginate(journey.urlOf(0), call)) await page.text();
  await parent.destroy();
  return judge(program, journey.sent).map((message) => ({ number, message }));
}

const forwardHeaders = ['x-tenant'];
const visitor = () =>
  new Request('https://page.test/', {
    headers: { cookie: 'sid=canary-visitor-cookie', 'x-tenant': 'canary-visitor-header' },
  });

const withAuthorization =
  (value: string): NonNullable<SessionOptions['auth']> =>
  (request, next) => {
    const headers = new Headers(request.headers);
    headers.set('authorization', value);
    return next({ ...request, headers });
  };

function judge(program: Program, sent: readonly TransportRequest[]): string[] {
  const model = allowed(program);
  const expected = model.filter((_, i) => isSent(program.steps, i));
  const path = program.steps
    .map(({ origin, way, ring }) => [way, ring, origin].filter(Boolean).join(' '))
    .join(', ');
  if (sent.length !== expected.length)
    return [`${sent.length} requests instead of ${expected.length}: ${path}`];
  return sent.flatMap((request, i) => {
    const [here, may] = [[...found(request)].sort(), [...(expected[i] ?? [])].sort()];
    if (here.join() === may.join()) return [];
    return [`request ${i} to ${request.url.origin} has ${here.join()}, not ${may.join()}: ${path}`];
  });
}
