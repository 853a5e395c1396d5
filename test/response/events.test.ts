import { describe, expect, it } from 'vitest';
import { readEvents } from '../../src/response/events.ts';
import type { ServerSentEvent } from '../../src/types/response.ts';

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
  it.each<[string, string, ServerSentEvent[]]>([
    ['lines of data, joined by LF', 'data: YHOO\ndata: +2\ndata: 10\n\n', [event('YHOO\n+2\n10')]],
    ['all line ends', 'data:a\r\rdata:b\n\ndata:c\r\n\r\n', [event('a'), event('b'), event('c')]],
    ['comments', ': test\n\ndata: a\n:b\n\n:\n', [event('a')]],
    [
      'a type for one event only',
      'event: add\ndata: 1\n\ndata: 2\n\n',
      [event('1', { type: 'add' }), event('2')],
    ],
    [
      'an id that lasts until it is emptied',
      'data: a\nid: 1\n\ndata: b\n\ndata: c\nid\n\n',
      [event('a', { id: '1' }), event('b', { id: '1' }), event('c')],
    ],
    ['an id in an event without data', 'id: 7\n\ndata: a\n\n', [event('a', { id: '7' })]],
    [
      'no id that contains NUL',
      'id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n',
      [event('a', { id: '1' }), event('b', { id: '1' })],
    ],
    [
      'a retry of digits only',
      'retry: 2500\n\ndata: a\n\nretry: 1.5\nretry: -1\nretry:\nretry: 9x\ndata: b\n\nretry:010\ndata: c\n\n',
      [event('a', { retry: 2500 }), event('b', { retry: 2500 }), event('c', { retry: 10 })],
    ],
    ['data that is empty', 'data\n\ndata\ndata\n\ndata:\n\n', [event(''), event('\n'), event('')]],
    ['no event without data', 'event: x\n\nid: 1\n\n\n\n', []],
    [
      'one space after the colon, not two',
      'data:  a \n\ndata:\tb\n\n',
      [event(' a '), event('\tb')],
    ],
    ['colons in the value', 'data: a: b:c\n\n', [event('a: b:c')]],
    [
      'fields that are not known or not in lower case',
      'Data: a\nfoo: b\n data: c\ndata x\ndata: d\n\n',
      [event('d')],
    ],
    ['one byte order mark', '\ufeffdata: a\n\n\ufeffdata: b\n\n', [event('a')]],
    ['no incomplete last event', 'data: a\n\ndata: b\n', [event('a')]],
    ['no incomplete last line', 'data: a\n\ndata: b', [event('a')]],
    ['nothing', '', []],
  ])('reads %s', async (_, text, expected) => {
    expect(await events(text)).toEqual(expected);
    expect(await events(text, 1)).toEqual(expected);
  });

  it('gives an event out as soon as its empty line has come', async () => {
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('data: a\r\r');
      throw new Error('asked for more');
    }
    expect((await readEvents(chunks()).next()).value).toEqual(event('a'));
  });
});
