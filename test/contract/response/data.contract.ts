import { HTTPError, type SessionResponse } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inProcess, open, rejection, sent, sites, thrown } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

describe('asking for the data', () => {
  test.each(['json', 'text', 'bytes', 'arrayBuffer', 'blob', 'formData'] as const)(
    '.%s() rejects with HTTPError for a status of 400 or more',
    async (method) => {
      const { a } = sites();
      const session = open();
      for (const status of [400, 404, 422]) {
        const error = await rejection(session.get(a.url(`status/${status}`))[method](), HTTPError);
        expect([error.status, error.code, error.name]).toEqual([
          status,
          'ERR_HTTP_STATUS',
          'HTTPError',
        ]);
      }
    },
  );

  test('an HTTPError carries the parsed body, and its response can still be read', async () => {
    const { a } = sites();
    const error = await rejection(open().get(a.url('status/404')).json(), HTTPError);
    expect(error.data).toEqual({ status: 404 });
    expect(error.response.status).toBe(404);
    expect(await error.response.json()).toEqual({ status: 404 });
    expect(error.request).toMatchObject({ method: 'GET', url: a.url('status/404') });
  });

  test('the data of an HTTPError is text where the body is not JSON', async () => {
    const { a } = sites();
    const error = await rejection(
      open()
        .get(a.url('reply', { status: 400, type: 'text/html', text: '<h1>no' }))
        .json(),
      HTTPError,
    );
    expect(error.data).toBe('<h1>no');
    expect(await error.response.text()).toBe('<h1>no');
    const broken = await rejection(
      open()
        .get(a.url('reply', { status: 400, type: 'application/json', text: '{' }))
        .json(),
      HTTPError,
    );
    expect(broken.data === '{' || broken.data === undefined).toBe(true);
  });

  test('the body of an error above 1 MiB is not parsed but can be read', async () => {
    const { a } = sites();
    const transport = inProcess(
      () =>
        new Response(JSON.stringify('x'.repeat(1_100_000)), {
          status: 400,
          headers: { 'content-type': 'application/json' },
        }),
    );
    const error = await rejection(open({ transport }).get(a.url('large')).json(), HTTPError);
    expect(error.data).toBeUndefined();
    expect((await error.response.text()).length).toBe(1_100_002);
  });

  test('throwHttpErrors: true rejects already when the response is awaited', async () => {
    const { a } = sites();
    const session = open({ throwHttpErrors: true, retry: 0 });
    expect((await rejection(session.get(a.url('status/500')), HTTPError)).data).toEqual({
      status: 500,
    });
    expect((await session.get(a.url('status/500'), { throwHttpErrors: false })).status).toBe(500);
    expect((await session.get(a.url('status/201'))).status).toBe(201);
  });

  test('throwHttpErrors: false never rejects', async () => {
    const { a } = sites();
    const session = open({ throwHttpErrors: false });
    expect(await session.get(a.url('status/404')).json()).toEqual({ status: 404 });
    expect((await session.get(a.url('status/404'))).status).toBe(404);
  });

  test('a function of the status decides in both cases', async () => {
    const { a } = sites();
    const session = open({ throwHttpErrors: (status) => status !== 404 && status >= 400 });
    expect(await session.get(a.url('status/404')).json()).toEqual({ status: 404 });
    await rejection(session.get(a.url('status/410')), HTTPError);
    await rejection(session.get(a.url('status/410')).json(), HTTPError);
  });

  test('throwForStatus throws for an HTTP error and else returns its response', async () => {
    const { a } = sites();
    const fine = await open().get(a.url('status/200'));
    expect(fine.throwForStatus()).toBe(fine);
    const bad = await open().get(a.url('status/404'));
    let error: unknown;
    try {
      bad.throwForStatus();
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(HTTPError);
    expect((error as HTTPError).data).toBeUndefined();
    expect((error as HTTPError).response).toBe(bad);
    expect(await bad.json()).toEqual({ status: 404 });
  });

  const readings: {
    name: string;
    read: (response: SessionResponse) => Promise<unknown>;
    body: string;
    data: unknown;
  }[] = [
    { name: 'json()', read: (response) => response.json(), body: '{"a":1}', data: { a: 1 } },
    { name: 'text()', read: (response) => response.text(), body: '{"a":1}', data: { a: 1 } },
    {
      name: 'text() of an encoding',
      read: (response) => response.text('auto'),
      body: '{"a":1}',
      data: { a: 1 },
    },
    {
      name: 'text() where it is no JSON',
      read: (response) => response.text(),
      body: '<html>',
      data: '<html>',
    },
  ];
  for (const { name, read, body, data } of readings) {
    test(`the error of throwForStatus has the data that ${name} has read`, async () => {
      const transport = inProcess(
        () => new Response(body, { status: 404, headers: { 'content-type': 'application/json' } }),
      );
      const response = await open({ transport }).get('http://app.test/');
      await read(response);
      expect(thrown(() => response.throwForStatus(), HTTPError).data).toEqual(data);
      expect(
        (await rejection(open({ transport }).get('http://app.test/').json(), HTTPError)).data,
      ).toEqual(data);
    });
  }

  test('the shortcut sets accept when none is set', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    expect(sent(await session.get('echo').json<JournalEntry>(), 'accept')).toContain(
      'application/json',
    );
    expect(
      sent(
        await session
          .get('echo', { headers: { accept: 'application/hal+json' } })
          .json<JournalEntry>(),
        'accept',
      ),
    ).toBe('application/hal+json');
    session.headers.set('accept', 'application/vnd.x+json');
    expect(sent(await session.get('echo').json<JournalEntry>(), 'accept')).toBe(
      'application/vnd.x+json',
    );
  });

  test('a call may be awaited and asked for its data', async () => {
    const { a } = sites();
    const call = open().get(a.url('echo'));
    expect((await call.json<JournalEntry>()).route).toBe('echo');
    expect((await call).status).toBe(200);
    expect(await a.requests()).toHaveLength(1);
  });
});
