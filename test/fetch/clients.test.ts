/** Clients that take a fetch, each over `session.fetch`: login, retry, abort, error. */
import { Octokit } from '@octokit/core';
import { retry as octokitRetry } from '@octokit/plugin-retry';
import axios from 'axios';
import { EventSource } from 'eventsource';
import { GraphQLClient } from 'graphql-request';
import { type Session, TimeoutError } from 'isosession';
import * as oauth from 'oauth4webapi';
import { createFetch } from 'ofetch';
import OpenAI from 'openai';
import createClient from 'openapi-fetch';
import { describe, expect, test } from 'vitest';
import { open, reasonOf, type Site, sites } from '../support/contract.ts';

/** One call of a client to a path of the site. */
type Call = (path: string, signal?: AbortSignal) => PromiseLike<unknown>;
interface Paths {
  '/{path}': {
    get: {
      parameters: { path: { path: string } };
      responses: { 200: { content: { 'application/json': unknown } } };
    };
  };
}

const clients: Record<string, (session: Session, site: Site) => Call> = {
  'openapi-fetch': ({ fetch }, { base }) => {
    const client = createClient<Paths>({ baseUrl: base, fetch });
    return async (path, signal) => {
      const pathSerializer = (): string => base + path;
      const init = { params: { path: { path } }, pathSerializer, signal: signal ?? null };
      const { data, error } = await client.GET('/{path}', init);
      if (error !== undefined) throw new Error(JSON.stringify(error));
      return data;
    };
  },
  ofetch: (session, { base }) => {
    const ofetch = createFetch({ fetch: session.fetch, Headers, AbortController });
    return (path, signal) => ofetch(path, { baseURL: base, retry: 0, ...(signal && { signal }) });
  },
  axios: ({ fetch }, { base }) => {
    const client = axios.create({ baseURL: base, adapter: 'fetch', env: { fetch } });
    return async (path, signal) => (await client.get(path, signal ? { signal } : {})).data;
  },
  'graphql-request':
    ({ fetch }, { base }) =>
    (path, signal) => {
      const client = new GraphQLClient(base + path, { fetch, ...(signal && { signal }) });
      return client.request('query { me }');
    },
  openai: ({ fetch }, { base }) => {
    const client = new OpenAI({ apiKey: 'key', baseURL: base, fetch, maxRetries: 0 });
    return (path, signal) => client.get(`/${path}`, signal ? { signal } : {});
  },
  octokit: ({ fetch }, { base }) => {
    const octokit = new Octokit({ baseUrl: base.replace(/\/$/, ''), request: { fetch } });
    return async (path, signal) =>
      (await octokit.request(`GET /${path}`, { request: signal ? { signal } : {} })).data;
  },
};

/** GraphQL is asked by POST, which is not retried unless the session is told so. */
const start = () => {
  const { a } = sites();
  const retry = { delay: () => 0, methods: ['GET', 'POST'] };
  return { a, session: open({ baseUrl: a.base, retry }) };
};

describe.each(Object.entries(clients))('%s', (_, client) => {
  test('sends the cookie of a login, is retried, and gives the data', async () => {
    const { a, session } = start();
    await session.post('login', { form: { user: 'ann', password: 'open sesame' } });
    const call = client(session, a);
    const answer = encodeURIComponent('{"data":{"me":"ann"}}');
    await call(`reply?type=application/json&text=${answer}`);
    await call('flaky?fails=1&key=k').then(
      () => undefined,
      // A reply of another form than it knows.
      (error: unknown) => expect(String(error)).not.toContain('503'),
    );
    const entries = (await a.requests()).slice(1);
    expect(entries.map(({ route }) => route)).toEqual(['reply', 'flaky', 'flaky']);
    for (const { headers } of entries)
      expect(headers.map(([name, value]) => `${name.toLowerCase()}: ${value}`)).toContain(
        'cookie: sid=ann',
      );
  });

  test('is ended by a signal', async () => {
    const { a, session } = start();
    const stop = new AbortController();
    const call = reasonOf(client(session, a)('never', stop.signal));
    await a.requests({ requests: 1 });
    stop.abort();
    expect(String(await call)).toMatch(/abort|cancel/i);
    await a.requests({ aborted: 1 });
  });

  test('tells an error of the server, and one of the network', async () => {
    const { a, session } = start();
    expect(JSON.stringify(await reasonOf(client(session, a)('status/404')), named)).toMatch(/404/);
    const broken = reasonOf(client(session.extend({ retry: 0 }), a)('reset'));
    expect(await broken).toBeInstanceOf(Error);
  });
});

/** What an error tells, and not only its own members. */
function named(_: string, value: unknown): unknown {
  return value instanceof Error ? { ...value, message: value.message } : value;
}

test("a client's own retries: session.extend({ retry: 0 }).fetch", async () => {
  const { a, session } = start();
  const { fetch } = session.extend({ retry: 0 });
  const ofetch = createFetch({ fetch, Headers, AbortController });
  await ofetch(a.url('flaky', { fails: 1, key: 'ofetch' }), { retry: 1, retryDelay: 0 });
  const openai = new OpenAI({ apiKey: 'key', baseURL: a.base, fetch, maxRetries: 1 });
  await openai.get('/flaky?fails=1&key=openai&retryAfter=0');
  const Retrying = Octokit.plugin(octokitRetry);
  const request = { fetch, retryAfter: 0 };
  const octokit = new Retrying({ baseUrl: a.base.replace(/\/$/, ''), request, retry: {} });
  await octokit.request('GET /flaky?fails=1&key=octokit', { request: { retries: 1, ...request } });
  expect(await a.requests()).toHaveLength(6);
});

test('eventsource: the cookie goes along, and it connects again', async () => {
  const { a, session } = start();
  await session.post('login', { form: { user: 'ann', password: 'open sesame' } });
  const text = 'retry: 1\nid: 1\ndata: hello\n\n';
  const url = a.url('reply', { type: 'text/event-stream', text });
  const events = new EventSource(url, { fetch: session.fetch as never });
  const data: string[] = [];
  await new Promise<void>((resolve) => {
    events.addEventListener('message', (event) => {
      if (data.push(String(event.data)) === 2) resolve();
    });
  });
  events.close();
  expect(data).toEqual(['hello', 'hello']);
  const [, first, second] = await a.requests({ requests: 3 });
  const sent = (entry: typeof first, name: string) =>
    entry?.headers.find(([key]) => key.toLowerCase() === name)?.[1];
  expect([sent(first, 'cookie'), sent(second, 'last-event-id')]).toEqual(['sid=ann', '1']);
});

test('oauth4webapi: customFetch', async () => {
  const { a, session } = start();
  const issuer = new URL(a.url('reply', { type: 'application/json', text: '{}' }));
  const options = {
    [oauth.customFetch]: session.fetch as never,
    [oauth.allowInsecureRequests]: true,
  };
  const response = await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oauth2' });
  expect(response.status).toBeGreaterThanOrEqual(200);
  const signal = AbortSignal.abort(new TimeoutError('total', 1));
  expect(await reasonOf(oauth.discoveryRequest(issuer, { ...options, signal }))).toBe(
    signal.reason,
  );
});
