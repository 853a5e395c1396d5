import {
  DecodeError,
  HTTPError,
  InvalidRequestError,
  SchemaError,
  type StandardSchemaV1,
} from 'isosession';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { developmentTest, open, rejection, sites } from '../../support/contract.ts';

describe('json', () => {
  test('a body that is no JSON is a DecodeError whose message does not show it', async () => {
    const { a } = sites();
    const body = '{"token":"s3cret-canary';
    const error = await rejection(
      open()
        .post(a.url('mirror'), { body, headers: { 'content-type': 'application/json' } })
        .json(),
      DecodeError,
    );
    expect(error.code).toBe('ERR_DECODE');
    expect(error.message).not.toContain('s3cret');
    expect(JSON.stringify(error)).not.toContain('s3cret');
    expect(error.request?.url).toBe(a.url('mirror'));
    await rejection((await open().get(a.url('reply', { text: 'nope' }))).json(), DecodeError);
  });

  test.each([200, 204])('an empty body with status %i is a DecodeError', async (status) => {
    const { a } = sites();
    await rejection(open().get(a.url('reply', { status })).json(), DecodeError);
  });

  test('the content-type does not matter', async () => {
    const { a } = sites();
    expect(
      await open()
        .get(a.url('reply', { text: '[1]', type: 'text/html' }))
        .json(),
    ).toEqual([1]);
  });

  test('parseJson reads it, for a call and for a session', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, parseJson: (text) => ({ session: text }) });
    const url = a.url('reply', { text: '1' });
    expect(await session.get(url).json()).toEqual({ session: '1' });
    expect(await (await session.get(url)).json()).toEqual({ session: '1' });
    expect(await session.get(url, { parseJson: (text) => ({ call: text }) }).json()).toEqual({
      call: '1',
    });
  });

  test('a key __proto__ in the data changes no prototype', async () => {
    const { a } = sites();
    const data = await open()
      .get(a.url('reply', { text: '{"__proto__":{"polluted":1}}' }))
      .json<Record<string, unknown>>();
    expect(Object.hasOwn(data, '__proto__')).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('a Standard Schema validates and types the data', async () => {
    const { a } = sites();
    const schema = v.object({ n: v.pipe(v.string(), v.transform(Number)) });
    const session = open();
    const data = await session.get(a.url('reply', { text: '{"n":"5"}' })).json(schema);
    expect(data.n + 1).toBe(6);
    expect(await (await session.get(a.url('reply', { text: '{"n":"5"}' }))).json(schema)).toEqual({
      n: 5,
    });
  });

  test('what the schema refuses is a SchemaError with the issues', async () => {
    const { a } = sites();
    const error = await rejection(
      open()
        .get(a.url('reply', { text: '{"n":5}' }))
        .json(v.object({ n: v.string() })),
      SchemaError,
    );
    expect(error.code).toBe('ERR_SCHEMA');
    expect(error.issues).toHaveLength(1);
    expect(error.issues[0]?.path).toBeDefined();
    expect(error.request?.method).toBe('GET');
  });

  test('its message says where each issue is, and no more of one at the root', async () => {
    const { a } = sites();
    const answer = open().get(a.url('reply', { text: '{"items":[{"n":5}]}' }));
    const schema = v.object({ items: v.array(v.object({ n: v.string('a string') })) });
    expect((await rejection(answer.json(schema), SchemaError)).message).toMatch(
      / fails the schema: items\.0\.n: a string$/,
    );
    const issues = [{ message: 'odd' }, { message: 'no', path: [{ key: 'a' }, Symbol('b')] }];
    expect(new SchemaError(issues).message).toBe('The data fails the schema: odd; a.Symbol(b): no');
  });

  developmentTest.each([null, {}, 'schema', () => true, { '~standard': undefined }])(
    '%o is no Standard Schema: an InvalidRequestError says so, and the body can still be read',
    async (schema) => {
      const { a } = sites();
      const url = a.url('reply', { text: '{"n":5}' });
      const error = await rejection(
        open()
          .get(url)
          .json(schema as never),
        InvalidRequestError,
      );
      expect(error.message).toContain('Standard Schema');
      expect(error.request?.url).toBe(url);
      const response = await open().get(url);
      await rejection(response.json(schema as never), InvalidRequestError);
      expect(await response.json()).toEqual({ n: 5 });
    },
  );

  test('session.fetch takes no schema, as fetch takes none', async () => {
    const { a } = sites();
    const response = await open().fetch(a.url('reply', { text: '[1]' }));
    expect(
      await (response.json as (schema: unknown) => Promise<unknown>).call(response, 'anything'),
    ).toEqual([1]);
  });

  test('a schema may be asynchronous, and is not asked about an HTTP error', async () => {
    const { a } = sites();
    let asked = 0;
    const schema: StandardSchemaV1<unknown, string> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        async validate(value) {
          asked++;
          await Promise.resolve();
          return { value: `seen ${JSON.stringify(value)}` };
        },
      },
    };
    expect(
      await open()
        .get(a.url('reply', { text: '1' }))
        .json(schema),
    ).toBe('seen 1');
    await rejection(open().get(a.url('status/404')).json(schema), HTTPError);
    expect(asked).toBe(1);
  });
});
