/**
 * Every page of the site, by groups, as the side bar and llms.txt have them.
 *
 * @module
 */

/** A group of pages: each its title, and where it is. */
export interface Group {
  readonly text: string;
  readonly items: readonly (readonly [text: string, link: string])[];
}

export const groups: readonly Group[] = [
  {
    text: 'Quick start',
    items: [
      ['A script in Node', '/start/node'],
      ['A single-page app', '/start/spa'],
      ['A server that renders', '/start/ssr'],
      ['An SDK', '/start/sdk'],
      ['Playground', '/playground'],
    ],
  },
  {
    text: 'Guide',
    items: [
      ['Sessions and defaults', '/guide/sessions'],
      ['Requests and bodies', '/guide/requests'],
      ['Responses', '/guide/responses'],
      ['Errors', '/guide/errors'],
      ['Cookies', '/guide/cookies'],
      ['Auth', '/guide/auth'],
      ['Logins: Digest, OAuth, forms', '/auth'],
      ['Retries', '/guide/retries'],
      ['Pace and what is sent again', '/pace'],
      ['Timeouts', '/guide/timeouts'],
      ['Redirects and scope', '/guide/redirects'],
      ['Proxies and TLS', '/guide/connections'],
      ['Pagination', '/guide/pagination'],
      ['Streams and events', '/guide/streams'],
      ['Streams of events that go on', '/event-stream'],
      ['Downloads', '/guide/downloads'],
      ['Middleware and its rings', '/guide/middleware'],
      ['Cache and shared requests', '/cache'],
      ['Sessions that are kept', '/state'],
      ['Server-side rendering', '/ssr'],
      ['session.fetch', '/fetch'],
      ['Tests without a network', '/testing'],
      ['Observability', '/guide/observability'],
      ['What happened on the wire', '/sight'],
      ['Performance', '/guide/performance'],
      ['Edge runtimes', '/guide/edge'],
      ['Browsers', '/guide/browsers'],
    ],
  },
  {
    text: 'Frameworks',
    items: [
      ['React with TanStack Query', '/frameworks/react'],
      ['Next.js', '/next'],
      ['Nuxt', '/frameworks/nuxt'],
      ['SvelteKit', '/frameworks/sveltekit'],
      ['Astro', '/frameworks/astro'],
      ['React Router', '/frameworks/react-router'],
      ['Express', '/frameworks/express'],
      ['Fastify', '/frameworks/fastify'],
      ['Hono', '/frameworks/hono'],
      ['NestJS', '/frameworks/nestjs'],
      ['Electron', '/frameworks/electron'],
      ['Browser extensions', '/frameworks/extensions'],
      ['React Native', '/frameworks/react-native'],
    ],
  },
  {
    text: 'Tools',
    items: [
      ['React with SWR', '/tools/swr'],
      ['Apollo Client', '/tools/apollo'],
      ['tRPC', '/tools/trpc'],
      ['supabase-js', '/tools/supabase'],
      ['openid-client', '/tools/openid-client'],
      ['Clients from OpenAPI', '/tools/openapi-ts'],
      ['Uploads that go on: tus', '/tools/tus'],
      ['WebSockets', '/tools/websockets'],
      ['Another TLS stack: impit', '/tools/impit'],
    ],
  },
  {
    text: 'Recipes',
    items: [
      ['Log in and scrape', '/recipes/scrape'],
      ['Save a session to a file', '/recipes/save'],
      ['Cookies from and to curl', '/recipes/curl'],
      ['Cookies from and to Playwright', '/recipes/playwright'],
      ['A progress bar', '/recipes/progress'],
      ['Upload a file', '/recipes/upload'],
      ['Pages by a cursor', '/recipes/cursor'],
      ['OAuth 2', '/recipes/oauth'],
      ['Tokens that renew themselves', '/recipes/refresh'],
      ['A corporate proxy', '/recipes/proxy'],
      ['Mutual TLS', '/recipes/mtls'],
      ['A unix socket', '/recipes/unix-socket'],
      ['Rate limits', '/recipes/rate-limits'],
      ['Caching', '/recipes/caching'],
      ['One request for equal calls', '/recipes/dedupe'],
      ['Idempotency keys', '/recipes/idempotency'],
      ['Logging', '/recipes/logging'],
      ['HAR files', '/recipes/har'],
      ['Mocks: MSW, nock, MockAgent', '/recipes/mocking'],
    ],
  },
  {
    text: 'Migrate',
    items: [
      ['From requests (Python)', '/migrate/requests'],
      ['From axios', '/migrate/axios'],
      ['From ky', '/migrate/ky'],
      ['ky over a session', '/ky'],
      ['From got', '/migrate/got'],
      ['From ofetch', '/migrate/ofetch'],
      ['From node-fetch and fetch-cookie', '/migrate/node-fetch'],
      ['From undici', '/migrate/undici'],
      ['From superagent', '/migrate/superagent'],
    ],
  },
  {
    text: 'Reference',
    items: [
      ['Options', '/reference/options'],
      ['Errors', '/reference/errors'],
      ['Platforms and limits', '/reference/platforms'],
      ['API', '/reference/api/'],
      ['Compared with other clients', '/reference/compared'],
      ['Benchmarks', '/benchmarks'],
      ['Glossary', '/glossary'],
    ],
  },
  {
    text: 'How and why',
    items: [
      ['How it works', '/design'],
      ['Security', '/security'],
      ['Threat model', '/threat-model'],
      ['Hazards', '/hazards'],
      ['FAQ', '/faq'],
    ],
  },
];
