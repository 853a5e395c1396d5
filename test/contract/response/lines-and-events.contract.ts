import { HTTPError, NetworkError, type ServerSentEvent } from 'isosession';
import { describe, expect, test } from 'vitest';
import { hex, inProcess, open, rejection, sites } from '../../support/contract.ts';

async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

/** The query that makes the server send each text as a chunk of its own. */
function pieces(...texts: (string | number[])[]): [string, string][] {
  return texts.map((text) => ['piece', hex(text)]);
}

test('an error that comes before the loop begins waits for it', async () => {
  const { a } = sites();
  const transport = inProcess(() => new Response('', { status: 404 }));
  const call = open({ transport }).get(a.url('lines'));
  const [lines, events] = [call.lines(), call.events()];
  // An answer from the network takes some turns of the loop, in which an unhandled rejection would
  // be told.
  await open().get(a.url('echo'));
  await rejection(all(lines), HTTPError);
  await rejection(all(events), HTTPError);
});

describe('lines', () => {
  const lineEnds: { name: string; text: string; wanted: string[] }[] = [
    { name: 'a line feed at each end', text: 'a\nb\n', wanted: ['a', 'b'] },
    { name: 'none at the last one', text: 'a\nb', wanted: ['a', 'b'] },
    { name: 'CRLF', text: 'a\r\nb\r\n', wanted: ['a', 'b'] },
    { name: 'empty ones between', text: 'a\n\n\nb\n', wanted: ['a', '', '', 'b'] },
    { name: 'no body', text: '', wanted: [] },
    { name: 'a single line', text: 'a', wanted: ['a'] },
    { name: 'only a line feed', text: '\n', wanted: [''] },
  ];
  for (const { name, text, wanted } of lineEnds) {
    test(name, async () => {
      const { a } = sites();
      expect(await all(open().get(a.url('reply', { text })).lines())).toEqual(wanted);
      expect(await all((await open().get(a.url('reply', { text }))).lines())).toEqual(wanted);
    });
  }

  test('are whole however the bytes are cut', async () => {
    const { a } = sites();
    const bytes = [...new TextEncoder().encode('ä€𝄞\r\nsecond')];
    expect(
      await all(
        open()
          .get(
            a.url(
              'chunks',
              bytes.map((byte) => ['piece', hex([byte])]),
            ),
          )
          .lines(),
      ),
    ).toEqual(['ä€𝄞', 'second']);
  });

  test('take an encoding', async () => {
    const { a } = sites();
    const query = { hex: hex([0xfc, 0x0a, 0xe4]), type: 'text/plain; charset=latin1' };
    expect(await all(open().get(a.url('reply', query)).lines('windows-1252'))).toEqual(['ü', 'ä']);
    expect(await all(open().get(a.url('reply', query)).lines('auto'))).toEqual(['ü', 'ä']);
  });

  test.each([
    [[0xef, 0xbb, 0xbf, 0x61, 0x0a]],
    [[0xff, 0xfe, 0x61, 0, 0x0a, 0]],
    [[0xfe, 0xff, 0, 0x61, 0, 0x0a]],
    [[0x61, 0x0a]],
    [[0x61]],
  ])('with auto go by the byte order mark, however %j is cut', async (bytes) => {
    const { a } = sites();
    expect(
      await all(
        open()
          .get(
            a.url(
              'chunks',
              bytes.map((byte) => ['piece', hex([byte])]),
            ),
          )
          .lines('auto'),
      ),
    ).toEqual(['a']);
  });

  test('come as they arrive', async () => {
    const { a } = sites();
    const lines = open()
      .get(a.url('gated', { first: 'one\ntw', rest: 'o\n', key: 'k' }))
      .lines();
    expect(await lines.next()).toEqual({ done: false, value: 'one' });
    await a.release('k');
    expect(await lines.next()).toEqual({ done: false, value: 'two' });
    expect((await lines.next()).done).toBe(true);
  });

  test('end the exchange when the loop is left', async () => {
    const { a } = sites();
    const session = open();
    for await (const line of session.get(a.url('gated', { first: 'one\n' })).lines()) {
      expect(line).toBe('one');
      break;
    }
    expect((await a.requests({ aborted: 1 }))[0]?.end).toBe('aborted');
    expect((await session.get(a.url('echo'))).status).toBe(200);
  });

  test('reject with HTTPError for a status, with NetworkError for a cut body', async () => {
    const { a } = sites();
    const session = open({ retry: 0 });
    await rejection(all(session.get(a.url('status/404')).lines()), HTTPError);
    await rejection(all(session.get(a.url('truncated')).lines()), NetworkError);
  });

  test('two loops over one body take each line once', async () => {
    const { a } = sites();
    const response = await open().get(a.url('reply', { text: 'a\nb\nc\n' }));
    expect(await all(response.lines())).toEqual(['a', 'b', 'c']);
    await rejection(all(response.lines()), TypeError);
  });
});

describe('events', () => {
  const parse = async (...texts: (string | number[])[]): Promise<ServerSentEvent[]> => {
    const { a } = sites();
    return all(
      open()
        .get(a.url('chunks', [...pieces(...texts), ['type', 'text/event-stream']]))
        .events(),
    );
  };

  test('have a type, data, the last id and the retry time', async () => {
    expect(
      await parse('data: one\n\nevent: tick\nid: 7\nretry: 500\ndata: two\n\n', 'data: three\n\n'),
    ).toEqual([
      { type: 'message', data: 'one', id: '', retry: undefined },
      { type: 'tick', data: 'two', id: '7', retry: 500 },
      {
        type: 'message',
        data: 'three',
        id: '7',
        retry: expect.toSatisfy((retry) => retry === 500 || retry === undefined) as number,
      },
    ]);
  });

  test('join their data lines, and ignore comments and unknown fields', async () => {
    expect(
      (await parse(': comment\ndata:a\ndata:  b\ndata\nfoo: bar\n\n')).map((event) => event.data),
    ).toEqual(['a\n b\n']);
  });

  test('end with any line end, however the bytes are cut', async () => {
    expect(
      (await parse('data: a\r', '\n\r\ndata: b\r\rdata: c\n', '\n')).map((event) => event.data),
    ).toEqual(['a', 'b', 'c']);
    const bytes = [...new TextEncoder().encode('data: ä€\r\n\r\n')].map((byte) => [byte]);
    expect((await parse(...bytes)).map((event) => event.data)).toEqual(['ä€']);
  });

  test('without data are none, and one that is not ended is dropped', async () => {
    expect(await parse('event: x\nid: 1\n\nid: 2\n\ndata: whole\n\ndata: cut')).toMatchObject([
      { data: 'whole', id: '2' },
    ]);
  });

  test('skip a byte order mark, and ignore an id with NUL and a bad retry', async () => {
    expect(await parse([0xef, 0xbb, 0xbf], 'id: a\0b\nretry: 5x\ndata: x\n\n')).toEqual([
      { type: 'message', data: 'x', id: '', retry: undefined },
    ]);
  });

  test('come as they arrive and end the exchange when the loop is left', async () => {
    const { a } = sites();
    for await (const event of open()
      .get(a.url('gated', { first: 'data: now\n\n', type: 'text/event-stream' }))
      .events()) {
      expect(event.data).toBe('now');
      break;
    }
    expect((await a.requests({ aborted: 1 }))[0]?.end).toBe('aborted');
  });

  test('of an error status are not read as its data: they may never end', async () => {
    const endless = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('data: 1\n\n')),
    });
    const transport = inProcess(
      () =>
        new Response(endless, { status: 403, headers: { 'content-type': 'text/event-stream' } }),
    );
    const error = await rejection(
      all(open({ transport }).get('http://app.test/').events()),
      HTTPError,
    );
    expect([error.status, error.data]).toEqual([403, undefined]);
  });

  test('ask for text/event-stream, and reject with HTTPError for a status', async () => {
    const { a } = sites();
    await rejection(all(open().get(a.url('status/404')).events()), HTTPError);
    expect(
      (await a.request()).headers.find(([name]) => name.toLowerCase() === 'accept')?.[1],
    ).toContain('text/event-stream');
  });
});
