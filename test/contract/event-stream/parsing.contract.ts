/** The cases of the Web Platform Tests of `EventSource`, as a table. */
import { DecodeError, eventStream, HTTPError, SessionError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { open, rejection, sent, sites } from '../../support/contract.ts';
import { all, answers, askedAfter, over, streamOf, withoutWaits } from './event-source.ts';

const long = 'x'.repeat(2048);

const messages: { name: string; text: string; wanted: string[] }[] = [
  {
    name: 'lines and data',
    text: 'data:msg\ndata:msg\n\n:\nfalsefield:msg\n\nfalsefield:msg\nfalse\ndata:\n\ndata:end\n\n',
    wanted: ['msg\nmsg', '', 'end'],
  },
  {
    name: 'a byte order mark',
    text: '\uFEFFdata:1\n\n\uFEFFdata:2\n\ndata:3\n\n',
    wanted: ['1', '3'],
  },
  {
    name: 'two byte order marks',
    text: '\uFEFF\uFEFFdata:1\n\ndata:2\n\ndata:3\n\n',
    wanted: ['2', '3'],
  },
  {
    name: 'comments',
    text: `data:1\r:\0\n:\r\ndata:2\n:${long}\rdata:3\n:data:fail\r:${long}\ndata:4\n\n`,
    wanted: ['1\n2\n3\n4'],
  },
  {
    name: 'data before the final empty line',
    text: 'retry:1000\ndata:test1\n\nid:test\ndata:test2',
    wanted: ['test1'],
  },
  { name: 'data fields', text: 'data:\n\ndata\ndata\n\ndata:test\n\n', wanted: ['', '\n', 'test'] },
  { name: 'an empty type', text: 'event: \ndata:data\n\n', wanted: ['data'] },
  {
    name: 'fields that are none',
    text:
      'data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\n' +
      'data:3\rdata:\r\n data:32\ndata:4\n\n',
    wanted: ['\0\n 2\n1\n3\n\n4'],
  },
  {
    name: 'unknown fields',
    text: 'data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\ndata:test\n\n',
    wanted: ['test\n\ntest'],
  },
  {
    name: 'leading blanks',
    text: 'data:\ttest\rdata: \ndata:test\n\n',
    wanted: ['\ttest\n\ntest'],
  },
  { name: 'newlines', text: 'data:test\r\ndata\ndata:test\r\n\r', wanted: ['test\n\ntest'] },
  { name: 'NUL in data', text: 'data:\0\n\n\n\n', wanted: ['\0'] },
  { name: 'UTF-8 alone', text: 'data:okä€\n\n', wanted: ['okä€'] },
];

describe('a stream has the messages of', () => {
  test.each(messages)('$name', async ({ text, wanted }) => {
    withoutWaits();
    const events = await all(over(answers(() => streamOf(text))));
    expect(events.map(({ data }) => data)).toEqual(wanted);
  });
});

describe('the last ID', () => {
  const ids: { name: string; streams: string[]; ids: string[]; asked: (string | null)[] }[] = [
    {
      name: 'is asked for',
      streams: ['id: 1\ndata:a\n\n', 'data:b\n\n'],
      ids: ['1', '1'],
      asked: [null, '1', '1'],
    },
    {
      name: 'persists',
      streams: ['id: 1\ndata:a\n\ndata:b\n\n'],
      ids: ['1', '1'],
      asked: [null, '1'],
    },
    {
      name: 'changes and persists',
      streams: ['id: 1\ndata:a\n\nid:2\ndata:b\n\ndata:c\n\n'],
      ids: ['1', '2', '2'],
      asked: [null, '2'],
    },
    {
      name: 'is reset',
      streams: ['id: 1\ndata:a\n\nid\ndata:b\n\ndata:c\n\n'],
      ids: ['1', '', ''],
      asked: [null, null],
    },
    {
      name: 'has no NUL',
      streams: ['id:1\ndata:a\n\nid:2\0\ndata:b\n\n'],
      ids: ['1', '1'],
      asked: [null, '1'],
    },
    { name: 'is UTF-8', streams: ['id:…\ndata:a\n\n'], ids: ['…'], asked: [null, '\xe2\x80\xa6'] },
    { name: 'counts without data', streams: ['id:1\n\n'], ids: [], asked: [null, '1'] },
    {
      name: 'does not count before its event is whole',
      streams: ['id:1\ndata:a\n\nid:2\ndata:b'],
      ids: ['1'],
      asked: [null, '1'],
    },
    {
      name: 'is none if no header can hold it',
      streams: ['id:\x01\ndata:a\n\n'],
      ids: ['\x01'],
      asked: [null, null],
    },
  ];
  test.each(ids)('$name', async ({ streams, ids: wanted, asked }) => {
    withoutWaits();
    const transport = answers(...streams.map((text) => () => streamOf(text)));
    expect((await all(over(transport))).map(({ id }) => id)).toEqual(wanted);
    expect(askedAfter(transport)).toEqual(asked);
  });
});

describe('the reconnection time', () => {
  const times: { name: string; text: string; delay: number }[] = [
    { name: 'is 3 s by default', text: 'data:a\n\n', delay: 3_000 },
    { name: 'is the server’s', text: 'retry:500\ndata:a\n\n', delay: 500 },
    { name: 'counts at once', text: 'retry:500\n', delay: 500 },
    { name: 'counts no cut number', text: 'retry:500', delay: 3_000 },
    { name: 'has digits alone', text: 'retry:2000\nretry:1000x\ndata:x\n\n', delay: 2_000 },
    { name: 'is not empty', text: 'retry:1000\n\nretry\ndata:x\n\n', delay: 1_000 },
    { name: 'may be 0', text: 'retry:0\n', delay: 0 },
  ];
  test.each(times)('$name', async ({ text, delay }) => {
    withoutWaits();
    const delays: number[] = [];
    const onReconnect = (state: { delay: number }): void => void delays.push(state.delay);
    await all(over(answers(() => streamOf(text))), { onReconnect });
    expect(delays).toEqual([delay]);
  });
});

describe('the answer', () => {
  const typed = (type: string, status = 200): Response =>
    new Response('data: data\n\n', { status, headers: { 'content-type': type } });

  test.each(['text/event-stream', 'text/event-stream;', 'Text/Event-Stream; charset=windows-1252'])(
    'may be %s',
    async (type) => {
      withoutWaits();
      expect(await all(over(answers(() => typed(type))))).toHaveLength(1);
    },
  );

  test.each(['text/x-bogus', 'text/event-stream-x', 'text/html', ''])(
    'of type %j is an error, and not asked for again',
    async (type) => {
      const transport = answers(() => typed(type));
      await rejection(all(over(transport)), DecodeError);
      expect(transport.seen).toHaveLength(1);
    },
  );

  test.each([205, 210, 299, 404, 410, 500, 503])(
    'of status %i is an error, and not asked for again',
    async (status) => {
      const transport = answers(() =>
        status === 205 ? new Response(null, { status }) : typed('text/event-stream', status),
      );
      const error = await rejection(all(over(transport)), SessionError);
      expect(error).toBeInstanceOf(status < 400 ? DecodeError : HTTPError);
      expect(transport.seen).toHaveLength(1);
    },
  );

  test('of status 204 is the end', async () => {
    expect(await all(over(answers()))).toEqual([]);
  });
});

test('a request asks for events that no cache has kept', async () => {
  const { a } = sites();
  await eventStream(open(), a.url('reply', { status: 204 })).next();
  const entry = await a.request();
  expect(sent(entry, 'accept')).toBe('text/event-stream');
  expect(sent(entry, 'cache-control')).toMatch(/^no-(?:store|cache)$/);
});
