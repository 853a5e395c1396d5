import { describe, expect, it } from 'vitest';
import { readEvents } from '../../../src/response/text/read-text.ts';
import type { ServerSentEvent } from '../../../src/types/response.ts';

async function events(text: string, size = Infinity): Promise<ServerSentEvent[]> {
  const bytes = new TextEncoder().encode(text);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
  }
  const all: ServerSentEvent[] = [];
  for await (const event of readEvents(chunks())) all.push(event);
  return all;
}

const event = (data: string, rest: Partial<ServerSentEvent> = {}): ServerSentEvent => ({
  type: 'message',
  data,
  id: '',
  retry: undefined,
  ...rest,
});

describe('readEvents', () => {
  const streams: { name: string; text: string; expected: ServerSentEvent[] }[] = [
    {
      name: 'lines of data, joined by LF',
      text: 'data: YHOO\ndata: +2\ndata: 10\n\n',
      expected: [event('YHOO\n+2\n10')],
    },
    {
      name: 'all line ends',
      text: 'data:a\r\rdata:b\n\ndata:c\r\n\r\n',
      expected: [event('a'), event('b'), event('c')],
    },
    { name: 'comments', text: ': test\n\ndata: a\n:b\n\n:\n', expected: [event('a')] },
    {
      name: 'a type for one event only',
      text: 'event: add\ndata: 1\n\ndata: 2\n\n',
      expected: [event('1', { type: 'add' }), event('2')],
    },
    {
      name: 'an id that lasts until it is emptied',
      text: 'data: a\nid: 1\n\ndata: b\n\ndata: c\nid\n\n',
      expected: [event('a', { id: '1' }), event('b', { id: '1' }), event('c')],
    },
    {
      name: 'an id in an event without data',
      text: 'id: 7\n\ndata: a\n\n',
      expected: [event('a', { id: '7' })],
    },
    {
      name: 'no id that contains NUL',
      text: 'id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n',
      expected: [event('a', { id: '1' }), event('b', { id: '1' })],
    },
    {
      name: 'a retry of digits only',
      text:
        'retry: 2500\n\ndata: a\n\n' +
        'retry: 1.5\nretry: -1\nretry:\nretry: 9x\ndata: b\n\n' +
        'retry:010\ndata: c\n\n',
      expected: [
        event('a', { retry: 2500 }),
        event('b', { retry: 2500 }),
        event('c', { retry: 10 }),
      ],
    },
    {
      name: 'data that is empty',
      text: 'data\n\ndata\ndata\n\ndata:\n\n',
      expected: [event(''), event('\n'), event('')],
    },
    { name: 'no event without data', text: 'event: x\n\nid: 1\n\n\n\n', expected: [] },
    {
      name: 'one space after the colon, not two',
      text: 'data:  a \n\ndata:\tb\n\n',
      expected: [event(' a '), event('\tb')],
    },
    { name: 'colons in the value', text: 'data: a: b:c\n\n', expected: [event('a: b:c')] },
    {
      name: 'fields that are not known or not in lower case',
      text: 'Data: a\nfoo: b\n data: c\ndata x\ndata: d\n\n',
      expected: [event('d')],
    },
    {
      name: 'one byte order mark',
      text: '\ufeffdata: a\n\n\ufeffdata: b\n\n',
      expected: [event('a')],
    },
    { name: 'no incomplete last event', text: 'data: a\n\ndata: b\n', expected: [event('a')] },
    { name: 'no incomplete last line', text: 'data: a\n\ndata: b', expected: [event('a')] },
    { name: 'nothing', text: '', expected: [] },
  ];
  for (const { name, text, expected } of streams) {
    it(`reads ${name}`, async () => {
      expect(await events(text)).toEqual(expected);
      expect(await events(text, 1)).toEqual(expected);
    });
  }

  it('gives an event out as soon as its empty line has come', async () => {
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('data: a\r\r');
      throw new Error('asked for more');
    }
    expect((await readEvents(chunks()).next()).value).toEqual(event('a'));
  });
});
