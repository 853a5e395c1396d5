import { inspect } from 'node:util';
import { Session } from 'isosession';
import { expect, it } from 'vitest';

it('an inspected object has its own name, and shows no secret', async () => {
  const transport = { send: () => Promise.resolve(new Response('', { headers: { 'x-a': '1' } })) };
  const session = new Session({ transport, headers: { authorization: 'Bearer topsecret' } });
  const response = await session.get('http://user:topsecret@app.test/');
  const printed = { Session: session, Headers: session.headers, SessionResponse: response };
  for (const [name, value] of Object.entries(printed)) {
    expect(inspect(value, { depth: 9 })).toMatch(new RegExp(`^${name} {`));
    expect(inspect(value, { depth: 9, showHidden: true }) + JSON.stringify(value)).not.toContain(
      'topsecret',
    );
  }
});
