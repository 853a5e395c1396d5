/**
 * Turns the report of a runtime into tests of Vitest: one for each test of the contract that ran
 * there.
 *
 * @module
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, test } from 'vitest';
import { declareDigest } from './digest.ts';
import type { Order, Report } from './inside/run.ts';

/** Tests that fail in a runtime for a known reason. */
export interface Deviation {
  /** The ends of their names. */
  tests: string[];
  /** Why it is so, and why the library leaves it. */
  because: string;
  /** What the failure must say: what happens instead. */
  instead: RegExp;
}

const suffix = '.contract.ts';

/** Orders the whole contract, but for what only a browser does, over the two test servers. */
export function order(): Order {
  const folder = fileURLToPath(new URL('../contract', import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(suffix) && !path.endsWith(`.browser${suffix}`))
    .map((path) => path.slice(0, -suffix.length).replaceAll('\\', '/'))
    .sort();
  const provide = {
    originA: inject('originA'),
    originB: inject('originB'),
    showsExcluded: inject('showsExcluded'),
  };
  return { files, provide };
}

/** Declares a test for each outcome. A deviation must fail, and with the error of its row. */
export function declareTests(
  { files }: Order,
  { outcomes, unhandled }: Report,
  deviations: Deviation[],
): void {
  const deviationOf = (name: string) =>
    deviations.find(({ tests }) => tests.some((end) => name.endsWith(end)));

  describe.each(files)('%s', (file) => {
    const ran = outcomes.filter((outcome) => outcome.file === file);

    test('was run', () => {
      expect(ran.length).toBeGreaterThan(0);
    });

    for (const { name, errors, isExcluded } of ran) {
      if (isExcluded) {
        test(name, { skip: true }, () => {});
        continue;
      }
      const deviation = deviationOf(name);
      if (deviation) {
        test(`${name} [not here: ${deviation.because}]`, () => {
          if (!errors.length) throw new Error('It passes: take it out of the table of deviations.');
          expect(errors.join('\n')).toMatch(deviation.instead);
        });
      } else {
        test(name, () => {
          if (errors.length) throw new Error(errors.join('\n\n'));
        });
      }
    }
  });

  test('leaves no rejection unhandled', () => {
    expect(unhandled).toEqual([]);
  });

  test('every deviation of the table is one of a test that ran', () => {
    const names = outcomes.map(({ name }) => name);
    expect(
      deviations
        .flatMap(({ tests }) => tests)
        .filter((end) => !names.some((name) => name.endsWith(end))),
    ).toEqual([]);
  });
}

/** The failure that shows a body as it came over the wire: still compressed. */
export const undecoded = /expected '(?:\\u001f|x\\ufffd|K\/:|\\u001b).*to be '(?:grüße|deep)/;

/**
 * Declares the tests of a runtime that runs programs. `run` gives what a program prints, and ends
 * when the program ends by itself.
 */
export function declarePrograms(run: (program: string) => Promise<string>): void {
  const runText = (name: string, text: string) => {
    writeFileSync(join(inject('consumer'), name), text);
    return run(name);
  };

  test('the runtime takes the edge entry of the installed package', async () => {
    const printed = await runText('resolve.js', `console.log(import.meta.resolve('isosession'));`);
    expect(printed.trim()).toMatch(/\/node_modules\/isosession\/dist\/edge\.js$/);
  });

  test('neither an open session nor an unread body keeps the process alive', async () => {
    const base = `${inject('originA')}/t/${crypto.randomUUID()}/`;
    const printed = await runText(
      'login.js',
      `
      import { HTTPError, Session } from 'isosession';
      const session = new Session({ baseUrl: '${base}' });
      const refused = await session.get('me').json().catch((error) => error);
      await session.post('login', { form: { user: 'ann', password: 'open sesame' } });
      const unread = await session.get('bytes', { searchParams: { n: 5_000_000 } });
      const me = await session.get('me').json();
      const seen = [refused instanceof HTTPError, refused.status, me, unread.bodyUsed];
      console.log(JSON.stringify(seen));`,
    );
    expect(JSON.parse(printed)).toEqual([true, 401, { user: 'ann' }, false]);
  });

  test('the entry for tests speaks of the same library', async () => {
    const printed = await runText(
      'testing.js',
      `
      import { get, SessionResponse } from 'isosession';
      import { mockTransport, useTransport } from 'isosession/testing';
      const mock = useTransport(mockTransport(({ method }) => new Response(method)));
      const response = await get('http://nowhere.test/');
      const isOurs = response instanceof SessionResponse;
      console.log(isOurs, response instanceof Response, await response.text());`,
    );
    expect(printed).toBe('true true GET\n');
  });

  test('a server answers with a response, its clone, and what was cloned', async () => {
    const url = `${inject('originA')}/t/${crypto.randomUUID()}/reply?text=whole`;
    const printed = await runText(
      'serve-returned.js',
      `
      import { names, worker } from './returned.js';
      const options = { port: 0, hostname: '127.0.0.1' };
      const server = globalThis.Deno
        ? Deno.serve({ ...options, onListen() {} }, worker.fetch)
        : Bun.serve({ ...options, fetch: worker.fetch });
      const origin = 'http://127.0.0.1:' + (server.port ?? server.addr.port);
      const texts = [];
      for (const way of names) {
        const query = new URLSearchParams({ way, url: '${url}' });
        texts.push(await (await fetch(origin + '/?' + query)).text());
      }
      await (globalThis.Deno ? server.shutdown() : server.stop(true));
      console.log(JSON.stringify([names.length, texts]));`,
    );
    expect(JSON.parse(printed)).toEqual([4, Array.from({ length: 4 }, () => 'whole')]);
  });

  declareDigest(async (request) =>
    JSON.parse(
      await runText(
        'ask-digest.js',
        `
      import { worker } from './digest.js';
      const answer = await worker.fetch(new Request('${request.href}'));
      console.log(await answer.text());`,
      ),
    ),
  );
}
