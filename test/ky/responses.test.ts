/** What comes back: JSON and schemas, errors and their data, `throwHttpErrors`, `parseJson`. */
import { isHTTPError, isKyError, type HTTPError, type Options } from 'ky';
import { type Behaviour, failure, type Lab, type Reply, sideBySide } from './side-by-side.ts';

type Validate = (value: unknown) => unknown;
/** A Standard Schema. */
const schema = (validate: Validate) =>
  ({ '~standard': { version: 1, vendor: 'test', validate } }) as never;
const isNumber = schema((value) => {
  const { n } = Object(value) as { n?: unknown };
  return typeof n === 'number' ? { value: { n } } : { issues: [{ message: 'n is no number' }] };
});

/** What a call of one reply gives. */
const read =
  (reply: Reply, call: (answer: ReturnType<Lab['ky']>) => unknown, options?: Options): Behaviour =>
  async ({ ky, serve }) => {
    const { url } = await serve(reply);
    return failureOr(() => call(ky(url, options)));
  };
const failureOr = async (call: () => unknown): Promise<unknown> => {
  try {
    return { value: await call() };
  } catch (error) {
    return { error };
  }
};
const json = (value: unknown): Reply => ({ json: value });
const text = (body: string, type = 'text/plain', status = 200): Reply => ({
  status,
  body,
  headers: { 'content-type': type },
});

sideBySide('json()', {
  'gives the data': read(json({ a: [1] }), (answer) => answer.json()),
  'is put together of chunks': read(
    (_, response) => {
      response.write('[');
      response.write('"one",');
      response.end('"two"]');
    },
    (answer) => answer.json(),
  ),
  'fails for what is none': read('not json', (answer) => answer.json()),
  'fails for nothing': read('', (answer) => answer.json()),
  'fails for a 204': read(204, (answer) => answer.json()),
  'of an awaited response gives the data': read(json(1), async (answer) => (await answer).json()),
  'of an awaited response fails for what is none': read('x', async (answer) =>
    (await answer).json(),
  ),
  'can be called once': read(json(1), async (answer) => {
    await answer.json();
    return ((await failure(() => answer.json())) as Error).name;
  }),
});

sideBySide('json(schema)', {
  'gives what the schema gives': read(json({ n: 1, more: 2 }), (answer) => answer.json(isNumber)),
  'fails with the issues': read(json({ n: 'x' }), (answer) => answer.json(isNumber)),
  "fails with what is no error of ky's": read(json({}), async (answer) =>
    isKyError(await failure(() => answer.json(isNumber))),
  ),
  'takes a schema that is a function': read(json(1), (answer) =>
    answer.json(
      Object.assign(
        () => {},
        schema((value) => ({ value: [value] })),
      ) as never,
    ),
  ),
  'takes a schema that changes the data': read(json('1'), (answer) =>
    answer.json(schema((value) => ({ value: Number(value) }))),
  ),
  'waits for a schema': read(json(1), (answer) =>
    answer.json(schema(async (value) => ({ value: [value] }))),
  ),
  'refuses what is no schema': read(json(1), (answer) => answer.json({ '~standard': {} } as never)),
  'refuses null': read(json(1), (answer) => answer.json(null as never)),
  'refuses text': read(json(1), (answer) => answer.json('x' as never)),
  'asks about undefined where there is nothing': read('', (answer) =>
    answer.json(schema((value) => ({ value: String(value) }))),
  ),
  'asks about undefined for a 204': read(204, (answer) =>
    answer.json(schema((value) => ({ value: String(value) }))),
  ),
  'fails for nothing as the schema says': read('', (answer) => answer.json(isNumber)),
  'fails for a 204 as the schema says': read(204, (answer) => answer.json(isNumber)),
  'is not asked about what is no JSON': async ({ ky, serve }) => {
    const { url } = await serve('x');
    let asked = 0;
    const error = await failure(() => ky(url).json(schema(() => asked++)));
    return [asked, (error as Error).name];
  },
  'is not asked about an HTTP error': async ({ ky, serve }) => {
    const { url } = await serve({ status: 400, json: {} });
    let asked = 0;
    return [await failure(() => ky(url).json(schema(() => asked++))), asked];
  },
  'is asked about one that is not thrown': read(
    { status: 500, json: { n: 5 } },
    (answer) => answer.json(isNumber),
    { throwHttpErrors: false },
  ),
  'fails as the schema fails': read(json(1), (answer) =>
    answer.json(
      schema(() => {
        throw new Error('exploded');
      }),
    ),
  ),
});

sideBySide('other shortcuts', {
  'text() gives text': read('héllo', (answer) => answer.text()),
  'blob() gives a Blob with its type': read(text('x', 'text/css'), async (answer) => {
    const blob = await answer.blob();
    return [blob.type, await blob.text()];
  }),
  'arrayBuffer() gives its bytes': read('AB', async (answer) => [
    ...new Uint8Array(await answer.arrayBuffer()),
  ]),
  'formData() gives a form': read(
    text('a=1&b=2', 'application/x-www-form-urlencoded'),
    async (answer) => [...(await answer.formData())],
  ),
  'bytes() is there where Response has it': read('AB', async (answer) => {
    if (!('bytes' in Response.prototype)) return typeof (answer as { bytes?: unknown }).bytes;
    return [...(await answer.bytes())];
  }),
  'text() fails for an HTTP error': read(400, (answer) => answer.text()),
  'an awaited response has its headers': read(
    { headers: { 'x-a': '1' }, body: 'x' },
    async (answer) => (await answer).headers.get('x-a'),
  ),
  'an awaited response can be cloned': read('x', async (answer) => {
    const response = await answer;
    return [await response.clone().text(), await response.text()];
  }),
  'an awaited response can be read by a reader': read('abc', async (answer) => {
    const reader = (await answer).body!.getReader();
    let size = 0;
    for (let part; !(part = await reader.read()).done;) size += part.value.length;
    return size;
  }),
  'a body that breaks off fails': async ({ ky, serve }) => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('part', () => response.destroy());
    });
    return (await failure(() => ky(url).text())) instanceof TypeError;
  },
});

sideBySide('throwHttpErrors', {
  'is true by default': read(404, (answer) => answer),
  'may be false': read(500, (answer) => answer.text(), { throwHttpErrors: false }),
  'may be false with POST': async ({ ky, serve }) => {
    const { url } = await serve(500);
    return (await ky.post(url, { throwHttpErrors: false })).status;
  },
  'may be a function: no': read(404, (answer) => answer, {
    throwHttpErrors: (status) => status !== 404,
  }),
  'may be a function: yes': read(400, (answer) => answer, {
    throwHttpErrors: (status) => status !== 404,
  }),
  'may be a function that throws': read(404, (answer) => answer, {
    throwHttpErrors: () => {
      throw new Error('mine');
    },
  }),
  'is not asked about a success': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    let asked = 0;
    await ky(url, { throwHttpErrors: () => asked++ > 0 });
    return asked;
  },
  'false leaves timeouts': async ({ ky, serve }) => {
    const { url } = await serve(() => {});
    return failure(() => ky(url, { throwHttpErrors: false, timeout: 30 }));
  },
  'throws for a redirect that was not followed': read(
    { status: 302, headers: { location: '/x' } },
    (answer) => answer,
    { redirect: 'manual' },
  ),
  'throws for a 304': read(304, (answer) => answer),
});

/** The error of a call that is answered so. */
const erring =
  (reply: Reply, options: Options = {}, pick = (error: HTTPError): unknown => error): Behaviour =>
  async ({ ky, serve }) => {
    const { url } = await serve(reply);
    return pick((await failure(() => ky(url, { retry: 0, ...options }))) as HTTPError);
  };
const data = (error: HTTPError): unknown => ({ data: error.data });
const failed = (body: string, type = 'application/json', status = 500): Reply =>
  text(body, type, status);

sideBySide('HTTPError', {
  'says status, method and URL': erring({ status: 404, body: '' }),
  "is one of ky's errors": erring(500, {}, (error) => [
    isHTTPError(error),
    isKyError(error),
    error instanceof Error,
    error.name,
  ]),
  'has the response, the request and the options': erring(
    { status: 404, headers: { 'x-a': '1' } },
    {},
    (error) => [
      error.response.headers.get('x-a'),
      error.request.method,
      error.options.method,
      error.response.status,
    ],
  ),
  'has data of JSON': erring({ status: 404, json: { error: 'not found', code: 42 } }, {}, data),
  'has data of text': erring(failed('Internal failure', 'text/plain'), {}, data),
  'has no data of nothing': erring({ status: 404 }, {}, data),
  'has no data of what is no JSON': erring(failed('not json'), {}, data),
  'has data by parseJson': erring(
    { status: 400, json: { value: 1 } },
    { parseJson: (body) => ({ ...JSON.parse(body), custom: true }) },
    data,
  ),
  'has data by a parseJson that is waited for': erring(
    { status: 400, json: { value: 1 } },
    { parseJson: async (body) => ({ ...JSON.parse(body), custom: true }) },
    data,
  ),
  'has no data where parseJson fails': erring(
    { status: 400, json: 1 },
    { parseJson: () => Promise.reject(new Error('mine')) },
    data,
  ),
  'does not ask parseJson about text': erring(
    failed('plain', 'text/plain'),
    { parseJson: () => 'parsed' },
    data,
  ),
  'tells parseJson request and response': async ({ ky, serve }) => {
    const { url } = await serve({ status: 400, json: 1 });
    const told: unknown[] = [];
    await failure(() =>
      ky(url, {
        parseJson: (body, { request, response }) => {
          told.push(request.url, response.status, request instanceof Request);
          return JSON.parse(body);
        },
      }),
    );
    return told;
  },
  'does not wait for a parseJson for ever': erring(
    { status: 500, json: 1 },
    { timeout: 60, parseJson: () => new Promise(() => {}) },
    data,
  ),
  'has data of problem+json': erring(failed('{"a":1}', 'application/problem+json'), {}, data),
  'has data of JSON in any case': erring(
    failed('{"a":1}', 'Application/JSON; Charset=UTF-8'),
    {},
    data,
  ),
  'has text where json is a parameter alone': erring(
    failed('{"a":1}', 'text/plain; note=json'),
    {},
    data,
  ),
  'has text of json-seq': erring(failed('{"a":1}', 'application/json-seq'), {}, data),
  'has text of HTML': erring(failed('<html></html>', 'text/html', 502), {}, data),
  'has text without a content-type': erring({ status: 500, body: 'plain error' }, {}, data),
  'has text of the charset that is named': erring(
    {
      status: 500,
      headers: { 'content-type': 'text/plain; charset=iso-8859-1' },
      body: new Uint8Array([0x63, 0x61, 0x66, 0xe9]),
    },
    {},
    data,
  ),
  'has used its body': erring({ status: 500, json: 1 }, {}, ({ response }) => response.bodyUsed),
  'has a body that cannot be read again': async ({ ky, serve }) => {
    const { url } = await serve({ status: 500, json: 1 });
    const error = (await failure(() => ky(url, { retry: 0 }))) as HTTPError;
    return (await failure(() => error.response.json())) instanceof TypeError;
  },
  'does not wait for a body for ever': erring(
    (_, response) => {
      response.writeHead(500, { 'content-type': 'application/json' });
      response.write('{"a":');
    },
    { timeout: 60 },
    data,
  ),
  'has no data above 10 MiB': erring(
    { status: 500, headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(11 * 2 ** 20) },
    {},
    data,
  ),
  'has no data where a hook has locked the body': async ({ ky, serve }) => {
    const { url } = await serve((_, response) => {
      response.writeHead(500, { 'content-type': 'application/json' });
      response.write('{');
    });
    const hooks: Options['hooks'] = {
      afterResponse: [({ response }) => (void response.text().catch(() => {}), response)],
    };
    return data((await failure(() => ky(url, { retry: 0, timeout: false, hooks }))) as HTTPError);
  },
  'is followed by a retry where its body never ends': async ({ ky, serve }) => {
    const { url } = await serve((_, response) => {
      response.writeHead(500, { 'content-type': 'application/json' });
      response.write('{');
    }, 'ok');
    return ky(url, { timeout: 1000, retry: { limit: 1, delay: () => 0 } }).text();
  },
  'is thrown by each shortcut': async ({ ky, serve }) => {
    const { url } = await serve(400);
    const names: unknown[] = [];
    for (const shortcut of ['json', 'text', 'blob', 'arrayBuffer', 'formData'] as const)
      names.push(((await failure(() => ky(url)[shortcut]())) as Error).name);
    return names;
  },
});

sideBySide('parseJson', {
  'parses for json()': read(json({ a: 1 }), (answer) => answer.json(), {
    parseJson: (body) => ({ ...JSON.parse(body), extra: 1 }),
  }),
  'parses for an awaited response': read(json({ a: 1 }), async (answer) => (await answer).json(), {
    parseJson: (body) => ({ ...JSON.parse(body), extra: 1 }),
  }),
  'is waited for': read(json(1), (answer) => answer.json(), {
    parseJson: async (body) => [JSON.parse(body)],
  }),
  'is asked before a schema': read(json({ n: '1' }), (answer) => answer.json(isNumber), {
    parseJson: (body) => ({ n: Number((JSON.parse(body) as { n: string }).n) }),
  }),
  'fails before a schema is asked': read(json({ n: 1 }), (answer) => answer.json(isNumber), {
    parseJson: () => {
      throw new Error('mine');
    },
  }),
  'is asked about nothing as well': read('', (answer) => answer.json(), {
    parseJson: (body) => `parsed ${body.length}`,
  }),
  'is told request and response': async ({ ky, serve }) => {
    const { url } = await serve({ json: 1 });
    const told: unknown[] = [];
    const parseJson: Options['parseJson'] = (body, { request, response }) => {
      told.push(request.url, request.method, response.status);
      return JSON.parse(body);
    };
    await ky(url, { parseJson }).json();
    await (await ky(url, { parseJson })).json();
    return told;
  },
  'is told the request of each attempt': async ({ ky, serve }) => {
    const { url } = await serve({ status: 500, json: 1 }, { json: 2 });
    const told: unknown[] = [];
    const requests = new Set<unknown>();
    await ky(url, {
      retry: { delay: () => 0 },
      parseJson: (body, { request, response }) => {
        requests.add(request);
        told.push(response.status);
        return JSON.parse(body);
      },
    }).json();
    return [told, requests.size];
  },
});
