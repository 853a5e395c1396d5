/** What a browser's cache has to do, by the Web Platform Tests. */
import { cache } from 'isosession/middleware';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { inProcess, open } from '../../support/contract.ts';
import { type Row, type RowStep, rows, start } from './web-platform-rows.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(start);
});
afterEach(() => {
  vi.useRealTimers();
});

/** The server of a row: it answers by the step that comes, and by a 304 where it may. */
function server(steps: readonly RowStep[]) {
  return inProcess(({ headers }, count) => {
    const { status = 200, headers: given = [], body = 'body' } = steps[count - 1] ?? {};
    const answer = new Headers([
      ['Server-Request-Count', String(count)],
      ...given.map(([n, v]) => [n, v] as [string, string]),
    ]);
    const isCurrent =
      (answer.has('etag') && headers.get('if-none-match') === answer.get('etag')) ||
      (answer.has('last-modified') &&
        headers.get('if-modified-since') === answer.get('last-modified'));
    if (isCurrent) return new Response(null, { status: 304, headers: answer });
    return new Response(status === 204 ? null : body, { status, headers: answer });
  });
}

async function run({ steps }: Row): Promise<void> {
  const transport = server(steps);
  // As fetch, which retries nothing.
  const session = open({ transport, retry: 0, redirect: 'manual' });
  session.use(cache());
  for (const [at, step] of steps.entries()) {
    const { method = 'GET', cache: mode, send = {}, target = '', pause = 0 } = step;
    const response = await session.request(`http://wpt.test/${target}`, {
      method,
      headers: send,
      ...(mode && { cache: mode }),
      ...(method !== 'GET' && { body: 'abc' }),
    });
    const text = await response.text();
    check(step, at + 1, response, transport.seen.at(-1)?.headers, transport.seen.length);
    if (step.wantedBody !== undefined) expect(text).toBe(step.wantedBody);
    vi.setSystemTime(Date.now() + pause * 1000);
  }
}

function check(
  { wanted, wantedStatus, wantedHeader, wantedSent = {} }: RowStep,
  count: number,
  { status, headers }: Response,
  sent: Headers | undefined,
  asked: number,
): void {
  expect(asked, 'requests').toBe(wanted === 'cached' || wantedStatus === 504 ? count - 1 : count);
  if (wanted === 'etag validated') expect(sent?.has('if-none-match')).toBe(true);
  if (wanted === 'date validated') expect(sent?.has('if-modified-since')).toBe(true);
  if (wantedStatus !== undefined) expect(status).toBe(wantedStatus);
  if (wantedHeader) expect(headers.get(wantedHeader[0])).toBe(wantedHeader[1]);
  for (const [name, value] of Object.entries(wantedSent)) expect(sent?.get(name), name).toBe(value);
}

const met = rows.filter(({ unmet }) => unmet === undefined);

test.each(met)('$group: $name', run);

test.each(rows.filter(({ unmet }) => unmet !== undefined))(
  '$group: $name is not met, as $unmet',
  async (row) => {
    await expect(run(row)).rejects.toThrow();
  },
);

test(`${met.length} of ${rows.length} rows are met`, () => {
  expect(met.length / rows.length).toBeGreaterThan(0.9);
});
