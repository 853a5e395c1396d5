/**
 * Calls each URL that it is given, trusting what `NODE_EXTRA_CA_CERTS` says, and tells what became
 * of it. Names go to 127.0.0.1.
 */
import { NetworkError, Session } from 'isosession';
import { undiciTransport } from 'isosession/node';

const [mode, ...urls] = process.argv.slice(2);
const lookup = (
  _name: string,
  { all }: { all?: boolean },
  callback: (...result: unknown[]) => void,
): void =>
  all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4);
const session = new Session({
  transport: undiciTransport({ lookup: lookup as never }),
  retry: { delay: () => 0 },
  headers: { authorization: 'Bearer secret', ...(mode === 'host' && { host: 'good.test' }) },
});

// What would turn the verification off, or trust another.
if (mode === 'polluted')
  Object.assign(Object.prototype, {
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    servername: 'other.test',
    ca: process.env['WRONG_CA'],
  });
for (const url of urls) {
  const outcome = await session
    .get(url)
    .text()
    .catch((error: unknown) =>
      error instanceof NetworkError
        ? `${error.code} ${String((error.cause as { code?: unknown }).code)}`
        : String(error),
    );
  console.log(outcome);
}
if (mode === 'polluted')
  for (const name of ['rejectUnauthorized', 'checkServerIdentity', 'servername', 'ca'])
    Reflect.deleteProperty(Object.prototype, name);
await session.close();
