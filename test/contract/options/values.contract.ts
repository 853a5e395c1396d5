import { InvalidRequestError, type RequestOptions, Session, type SessionOptions } from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  developmentTest,
  inBrowser,
  inProcess,
  inProduction,
  nodeTest,
  open,
  rejection,
  thrown,
} from '../../support/contract.ts';

const url = 'http://app.test/';

describe('a value of the wrong kind', () => {
  /** What goes wrong in silence: every build checks it. */
  const silent: [string, unknown][] = [
    ['retry', -1],
    ['retry', 1.5],
    ['retry', '2'],
    ['retry', { limit: -1 }],
    ['maxRedirects', -1],
    ['maxRedirects', '5'],
    ['maxResponseSize', -1],
    ['maxResponseSize', '1mb'],
    ['redirect', 'never'],
    ['credentials', 'always'],
    ['method', 5],
    ...(inBrowser ? [] : [['cookies', []] satisfies [string, unknown]]),
  ];
  const loud: [string, unknown][] = [
    ['signal', {}],
    ['headers', 'x: 1'],
    ['headers', 5],
    ['headers', ['a', 'b']],
    ['headers', ['ab', 'cd']],
    ['headers', [['a']]],
    ['headers', [['a', 'b', 'c']]],
    ['searchParams', ['ab']],
    ['form', ['ab']],
    ['searchParams', 5],
    ['form', 'a=1'],
    ['form', 5],
    ['retry', { methods: 'GET' }],
    ['retry', { delay: 5 }],
    ['retry', { shouldRetry: true }],
    ['retry', { statusCodes: ['500'] }],
    ['throwHttpErrors', 'yes'],
    ['parseJson', 'x'],
    ['stringifyJson', {}],
    ['onDownloadProgress', 5],
    ['keepHeaders', 'x-a'],
    ['keepHeaders', [5]],
    ['context', 'x'],
    ['transport', {}],
    ['transport', 'fetch'],
    ['auth', 'Basic x'],
    ['auth', ['user', 'pass']],
    ['integrity', 5],
    ['context', []],
    ['retry', []],
    ['timeout', []],
  ];
  const rows = inProduction ? silent : [...silent, ...loud];
  test.each(rows)('%s: %j is refused before anything is sent', async (name, value) => {
    const transport = inProcess(() => new Response());
    const error = await rejection(
      open({ transport }).post(url, { [name]: value } as RequestOptions),
      InvalidRequestError,
    );
    expect(error.message).toContain(name);
    expect(transport.seen).toEqual([]);
  });

  const silentOfSession: [string, unknown][] = [
    ['origins', ['not an origin']],
    ['baseUrl', 5],
    ['baseUrl', 'ftp://x/'],
    ['hooks', 'x'],
    ['cookies', 'a=1'],
  ];
  const loudOfSession: [string, unknown][] = [
    ['origins', 'http://x'],
    ['hooks', { beforeRequest: 5 }],
    ['hooks', []],
    ['context', []],
    ['retry', []],
    ['timeout', []],
    ['auth', 5],
  ];
  test.each([...silentOfSession, ...(inProduction ? [] : loudOfSession)])(
    'of a session throws at once: %s: %j',
    (name, value) => {
      // A browser refuses every jar: it keeps its cookies itself.
      thrown(
        () => new Session({ [name]: value } as SessionOptions),
        inBrowser && name === 'cookies' ? Error : InvalidRequestError,
      );
    },
  );

  developmentTest(
    'a URL that is none is told to need a baseUrl only where one would help',
    async () => {
      const session = open({ transport: inProcess(() => new Response()) });
      expect(thrown(() => (session.baseUrl = 'ftp://x/'), InvalidRequestError).message).toBe(
        '"ftp://x/" is no http: or https: baseUrl',
      );
      expect(thrown(() => open({ origins: ['x'] }), InvalidRequestError).message).toBe(
        '"x" is no http: or https: origin',
      );
      expect(
        (await rejection(open({ baseUrl: url }).get('ftp://x/'), InvalidRequestError)).message,
      ).toBe('"ftp://x/" is no http: or https: URL');
      // In a page, its own URL is the base.
      const hint = inBrowser ? '' : ', and there is no baseUrl';
      expect((await rejection(session.get('ftp://x/'), InvalidRequestError)).message).toBe(
        `"ftp://x/" is no http: or https: URL${hint}`,
      );
    },
  );

  developmentTest('options that are no object are refused', async () => {
    const transport = inProcess(() => new Response());
    for (const options of ['x', 5, true, []])
      await rejection(open({ transport }).get(url, options as never), InvalidRequestError);
    expect(transport.seen).toEqual([]);
    for (const options of ['x', 5, true, [], null])
      expect(thrown(() => new Session(options as never), InvalidRequestError).message).toContain(
        'options',
      );
    thrown(() => open().extend(null as never), InvalidRequestError);
  });

  developmentTest('setters refuse it and keep what was', () => {
    const session = open({ retry: 1, timeout: 5, baseUrl: url });
    thrown(() => (session.retry = -1), InvalidRequestError);
    thrown(() => (session.auth = 'x' as never), InvalidRequestError);
    thrown(() => (session.maxRedirects = -1), InvalidRequestError);
    expect(session.retry).toMatchObject({ limit: 1 });
    expect(session.maxRedirects).toBe(20);
    thrown(() => session.use('x' as never), InvalidRequestError);
    thrown(
      () =>
        session.mount(
          'not a url',
          inProcess(() => new Response()),
        ),
      InvalidRequestError,
    );
    thrown(() => session.mount(url, {} as never), InvalidRequestError);
    thrown(() => session.extend({ nope: 1 } as never), InvalidRequestError);
  });
});

test('a URL of another realm is a baseUrl, cookies: null is what holds by default', () => {
  const foreign = Object.assign(Object.create(null) as URL, {
    toString: () => url,
    [Symbol.toStringTag]: 'URL',
  });
  expect(open({ baseUrl: foreign }).baseUrl?.toString()).toBe(url);
  expect(open({ cookies: null } as never).cookies).toBeDefined();
});

// Not at the edge: some runtimes give every Request the same credentials.
nodeTest(
  "a Request's own credentials are the call's: they go beyond the session's scope",
  async () => {
    const transport = inProcess(() => new Response());
    const session = open({ transport, baseUrl: 'http://session.test/' });
    await session.get(new Request(url, { credentials: 'include' }));
    await session.get(url, { credentials: 'include' });
    await session.get(new Request(url));
    expect(transport.seen.map(({ init }) => init.credentials)).toEqual([
      'include',
      'include',
      'same-origin',
    ]);
  },
);
