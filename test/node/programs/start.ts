// Tells what a session can do before its dependencies are loaded, and with the first cookie.
import { Session, type Transport } from 'isosession';

/** Sets the cookie that the path names, with the attributes there. */
const transport: Transport = {
  async send({ url }) {
    const [name, attributes = ''] = decodeURIComponent(url.pathname.slice(1)).split(';');
    const line = `${name}=1; Path=/;${attributes}`;
    return new Response('ok', name ? { headers: { 'set-cookie': line } } : {});
  },
};

const session = new Session({ baseUrl: 'https://app.test/', transport, retry: 0 });
const outcomes: Record<string, string> = {};

async function tell(what: string, run: () => unknown): Promise<void> {
  try {
    outcomes[what] = String(await run());
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    outcomes[what] = `${code}: ${message}`;
  }
}

await tell('header', () => session.cookies.header());
await tell('call', () => session.get('').text());
await tell('snapshot', async () => (await session.snapshot()).cookies?.length);
await tell('cookies of calls at once', async () => {
  const calls = ['a', 'b'].map(async (name) => {
    await session.get(name);
    return (await session.cookies.get(name))?.value;
  });
  return (await Promise.all(calls)).join();
});
await tell('domain cookie', async () => {
  await session.get('c; Domain=app.test');
  return (await session.cookies.get('c'))?.value;
});
await tell('jar', async () => {
  const { jar } = session.cookies;
  const { Cookie, CookieJar } = await import('tough-cookie');
  const [cookie] = (await jar?.getCookies('https://app.test/')) ?? [];
  return [jar instanceof CookieJar, cookie instanceof Cookie].join();
});
await tell('connection', () => new Session({ retry: 0 }).get('http://127.0.0.1:1/'));
console.log(JSON.stringify(outcomes));
