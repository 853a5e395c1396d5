// @vitest-environment happy-dom
/** SWR in a page of React, whose fetcher is a session. */
import { HTTPError, type Session } from 'isosession';
import { createElement as h } from 'react';
import { createRoot } from 'react-dom/client';
import useSWR, { SWRConfig } from 'swr';
import useSWRMutation from 'swr/mutation';
import { expect, onTestFinished, test, vi } from 'vitest';
import { hasNewToken, logIn, renewals, start, useOldToken } from './api.ts';

const fetcherOf =
  (session: Session) =>
  (path: string): Promise<{ name?: string }> =>
    session.get(path).json();

/** Shows a component over the session, and gives the element that it is in. */
function show(session: Session, component: () => ReturnType<typeof h>): HTMLElement {
  const place = document.createElement('div');
  const root = createRoot(place);
  onTestFinished(() => root.unmount());
  const value = {
    fetcher: fetcherOf(session),
    provider: () => new Map(),
    shouldRetryOnError: false,
  };
  root.render(h(SWRConfig, { value }, h(component), h(component)));
  return place;
}

/** Waits until an element has a text. */
const shown = (place: HTMLElement, text: string): Promise<void> =>
  vi.waitFor(() => expect(place.textContent).toBe(text), 20_000);

function User({ path = 'me' }) {
  const { data, error } = useSWR<{ name?: string }, unknown>(path);
  const told = HTTPError.is<{ error: string }>(error) ? error.data?.error : String(error);
  return h('p', null, error === undefined ? data?.name : told);
}

test('two components with one key make one request, with the cookie of the login', async () => {
  const api = await start(({ request, json }) => json({ name: request.headers.cookie }));
  await logIn(api);
  const place = show(api.session, () => h(User));
  await shown(place, 'sid=1sid=1');
  expect(api.server.received).toEqual(['POST /login', 'GET /me']);
});

test('keys at once that are refused renew the token once', async () => {
  const api = await start((exchange) =>
    exchange.json({ name: exchange.url.pathname }, hasNewToken(exchange) ? 200 : 401),
  );
  useOldToken(api);
  const place = show(api.session, () =>
    h('div', null, h(User, { path: 'a' }), h(User, { path: 'b' })),
  );
  await shown(place, '/a/b/a/b');
  expect(renewals(api)).toBe(1);
});

test("its error is the session's, with the data of the API, and nobody retries twice", async () => {
  const api = await start(({ json }) => json({ error: 'no such user' }, 404));
  const place = show(api.session, () => h(User));
  await shown(place, 'no such userno such user');
  expect(api.server.received).toEqual(['GET /me']);
});

test('a mutation posts by the session, and the data is asked for anew', async () => {
  let name = 'Ann';
  const api = await start(async ({ request, text, json }) => {
    if (request.method === 'POST') ({ name } = JSON.parse(await text()) as { name: string });
    json({ name });
  });
  function Editor() {
    const { data } = useSWR<{ name?: string }>('me');
    const { trigger } = useSWRMutation('me', (path: string, { arg }: { arg: string }) =>
      api.session.post(path, { json: { name: arg } }).json(),
    );
    return h('button', { onClick: () => void trigger('Bob') }, data?.name);
  }
  const place = show(api.session, () => h(Editor));
  await shown(place, 'AnnAnn');
  place.querySelector('button')?.click();
  await shown(place, 'BobBob');
});
