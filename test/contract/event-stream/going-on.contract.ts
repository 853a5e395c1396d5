/**
 * Twenty streams, cut at every byte, by a server that goes on after the ID that it is asked for.
 */
import { describe, expect, test } from 'vitest';
import { inProcess } from '../../support/contract.ts';
import { all, over, streamOf, withoutWaits } from './event-source.ts';

/** What a server sends up to an ID, and the data of the event in it, if there is one. */
interface Step {
  readonly id: string;
  readonly text: string;
  readonly data?: string;
}

const step = (id: string, text: string, data?: string): Step => ({
  id,
  text,
  ...(data !== undefined && { data }),
});
/** An event in its shortest form, with another end of its lines. */
const event = (id: string, data: string, end = '\n'): Step =>
  step(id, `id:${id}${end}data:${data}${end}${end}`, data);

const scripts: { name: string; steps: Step[] }[] = [
  { name: 'one event', steps: [event('1', 'a')] },
  { name: 'three events', steps: [event('1', 'a'), event('2', 'b'), event('3', 'c')] },
  { name: 'CRLF', steps: [event('1', 'a', '\r\n'), event('2', 'b', '\r\n')] },
  { name: 'CR', steps: [event('1', 'a', '\r'), event('2', 'b', '\r')] },
  {
    name: 'all line ends',
    steps: [event('1', 'a', '\r\n'), event('2', 'b', '\r'), event('3', 'c')],
  },
  { name: 'the same data again', steps: [event('1', 'a'), event('2', 'a'), event('3', 'a')] },
  { name: 'IDs after the data', steps: [step('x', 'data: a\nid: x\n\n', 'a'), event('y', 'b')] },
  {
    name: 'several lines of data',
    steps: [step('1', 'data: a\ndata\ndata:b\nid: 1\n\n', 'a\n\nb'), event('2', 'c')],
  },
  { name: 'empty data', steps: [step('1', 'id: 1\ndata\n\n', ''), event('2', 'b')] },
  { name: 'types', steps: [step('1', 'event: add\nid: 1\ndata: a\n\n', 'a'), event('2', 'b')] },
  {
    name: 'comments',
    steps: [step('1', ':\n: hello\nid: 1\ndata: a\n:\n\n', 'a'), event('2', 'b')],
  },
  {
    name: 'comments alone between',
    steps: [event('1', 'a'), step('2', ': x\n\nid:2\ndata:b\n\n', 'b')],
  },
  {
    name: 'an ID without an event',
    steps: [event('1', 'a'), step('2', 'id: 2\n\n'), event('3', 'b')],
  },
  { name: 'empty lines', steps: [step('1', '\n\n\nid: 1\ndata: a\n\n', 'a'), event('2', 'b')] },
  {
    name: 'a reconnection time',
    steps: [step('1', 'retry: 10\nid: 1\ndata: a\n\n', 'a'), event('2', 'b')],
  },
  { name: 'letters of several bytes', steps: [event('1', 'ä€𝄞'), event('2', '日本')] },
  { name: 'IDs of several bytes', steps: [event('ä', 'a'), event('…', 'b'), event('𝄞', 'c')] },
  { name: 'IDs with blanks and colons', steps: [event('a b:c', 'a'), event('2: 3', 'b')] },
  {
    name: 'a byte order mark',
    steps: [step('1', '\uFEFFid: 1\ndata: a\n\n', 'a'), event('2', 'b')],
  },
  {
    name: 'unknown fields',
    steps: [step('1', 'foo: 1\nid: 1\n id: 9\ndata: a\n\n', 'a'), event('2', 'b')],
  },
];

/** The header's bytes are those of UTF-8. */
const decode = (value: string): string =>
  new TextDecoder().decode(Uint8Array.from(value, (letter) => letter.charCodeAt(0)));

/** Serves the rest after an ID; of the first answer only so many bytes. */
function server(steps: Step[], cut: number, end: 'close' | 'break') {
  return inProcess(({ headers }, count) => {
    const id = decode(headers.get('last-event-id') ?? '');
    const rest = steps.slice(steps.findIndex((known) => known.id === id) + 1);
    if (count > 1 && rest.length === 0) return new Response(null, { status: 204 });
    const bytes = new TextEncoder().encode(rest.map(({ text }) => text).join(''));
    return count === 1 ? streamOf(bytes.subarray(0, cut), end) : streamOf(bytes);
  });
}

test('there are twenty of them', () => expect(scripts).toHaveLength(20));

describe.each(['close', 'break'] as const)(
  'F63: cut at every byte by a %s, nothing is lost',
  (end) => {
    test.each(scripts)('or doubled: $name', async ({ steps }) => {
      withoutWaits();
      const wanted = steps.flatMap(({ data }) => data ?? []);
      const { length } = new TextEncoder().encode(steps.map(({ text }) => text).join(''));
      for (let cut = 0; cut <= length; cut++) {
        const events = await all(over(server(steps, cut, end)));
        expect(
          events.map(({ data }) => data),
          `cut at ${cut}`,
        ).toEqual(wanted);
      }
    });
  },
);
