import { expect, test } from 'vitest';
import { WaitingLine } from '../../src/cancellation/waiting-line.ts';
import { growth, linear } from '../support/growth.ts';

const named = (name: string) => ({ name });

test('the first is who has waited longest, however others leave and come', () => {
  const line = new WaitingLine<{ name: string }>();
  const [a, b, c, d] = [named('a'), named('b'), named('c'), named('d')];
  expect([line.first, line.size]).toEqual([undefined, 0]);
  for (const member of [a, b, c]) line.add(member);
  expect(line.first).toBe(a);
  line.delete(b);
  line.add(d);
  line.delete(a);
  expect([line.first, line.size]).toEqual([c, 2]);
  line.add(a);
  line.delete(c);
  expect([...line]).toEqual([d, a]);
  line.delete(d);
  line.delete(a);
  expect(line.first).toBe(undefined);
  line.add(b);
  expect(line.first).toBe(b);
  line.clear();
  expect([line.first, line.size]).toEqual([undefined, 0]);
});

test('takes time in proportion to those who wait', async () => {
  const wait = (text: string) => {
    const line = new WaitingLine<object>();
    for (let n = 0; n < text.length; n++) line.add({});
    for (let first; (first = line.first);) line.delete(first);
  };
  const ratio = await growth((size) => ' '.repeat(size), wait, 5_000);
  expect(ratio).toBeLessThanOrEqual(linear);
});
