import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Middleware } from 'isosession';
import { expect, onTestFinished, test, vi } from 'vitest';
import { inProcess, open, reasonOf } from '../support/contract.ts';
import { blocksOf } from '../support/snippets.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const blocks = blocksOf(await readFile(join(root, 'docs/pace.md'), 'utf8'));

/** The block about a circuit breaker, as a module. */
async function circuitBreaker(): Promise<{
  breaker: (failures: number, halfOpenAfter: number) => Middleware;
  isBroken: (error: unknown) => boolean;
}> {
  const folder = await mkdtemp(join(root, 'node_modules', '.docs-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'breaker.ts');
  await writeFile(file, blocks.find((code) => code.includes('cockatiel')) ?? '');
  return (await import(file)) as Awaited<ReturnType<typeof circuitBreaker>>;
}

test('a circuit breaker by cockatiel: six calls, three of them sent', async () => {
  const { breaker, isBroken } = await circuitBreaker();
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  let isDown = true;
  const transport = inProcess(() => new Response(null, { status: isDown ? 503 : 200 }));
  const session = open({ transport, retry: 0 });
  session.use(breaker(3, 10_000));
  const call = async () => session.get('http://app.test/').then(({ status }) => status);
  expect([await call(), await call(), await call()]).toEqual([503, 503, 503]);
  for (let refused = 0; refused < 3; refused++) expect(isBroken(await reasonOf(call()))).toBe(true);
  expect(transport.seen).toHaveLength(3);
  isDown = false;
  vi.advanceTimersByTime(10_000);
  expect([await call(), await call()]).toEqual([200, 200]);
});

test('a circuit that opens between the attempts of a call ends it', async () => {
  const { breaker, isBroken } = await circuitBreaker();
  const transport = inProcess(() => new Response(null, { status: 503 }));
  const session = open({ transport, retry: { limit: 9, delay: () => 0 } });
  session.use(breaker(2, 10_000));
  expect(isBroken(await reasonOf(session.get('http://app.test/')))).toBe(true);
  expect(transport.seen).toHaveLength(2);
});
