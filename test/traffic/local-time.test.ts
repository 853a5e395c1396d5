/** Where the clock on the wall is not that of Greenwich. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clock, openCached, read, serve } from '../contract/cache/cached.ts';

const given = process.env['TZ'];
beforeAll(() => void (process.env['TZ'] = 'America/New_York'));
afterAll(() => {
  if (given === undefined) delete process.env['TZ'];
  else process.env['TZ'] = given;
});

test('a date of asctime() is in Greenwich’s time, as every date of HTTP', async () => {
  expect(new Date(0).getHours()).toBe(19);
  const pass = clock();
  const [day, date, month, year, time] = new Date(Date.now() + 60_000).toUTCString().split(/,? /);
  const session = openCached(
    serve({ expires: `${day} ${month} ${date?.replace(/^0/, ' ')} ${time} ${year}` }),
  );
  await read(session);
  pass(30);
  expect((await read(session)).text).toBe('answer 1');
  pass(60);
  expect((await read(session)).text).toBe('answer 2');
});
