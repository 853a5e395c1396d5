import { expect, test } from 'vitest';
import { runProgram } from '../support/child.ts';
import { authority } from '../support/certificates.ts';
import { bodyOf, reply, serveHttp2 } from '../support/http2.ts';
import { answer, rawServer } from '../support/raw-server.ts';

test('M1: whatever Object.prototype is polluted with, the bytes sent are the same', async () => {
  const sections: { name: string; requests: string[] }[] = [];
  const server = await rawServer(async (peer) => {
    for (let request = await peer.request(); request; request = await peer.request()) {
      if (request.method === 'MARK') {
        sections.push({ name: request.target.slice(1), requests: [] });
        await peer.write('ok');
        continue;
      }
      sections.at(-1)?.requests.push(request.raw);
      const [, , route] = request.target.split(/[/?]/);
      if (route === 'redirect')
        await peer.write(
          answer('', 'HTTP/1.1 302 Found\r\nlocation: ../base/end\r\nset-cookie: hop=1\r\n'),
        );
      else await peer.write(answer(route ?? ''));
    }
  });
  const { code, lines, errors } = await runProgram('pollute', [String(server.port)]);
  expect(errors).toBe('');
  expect(code).toBe(0);
  const { count, failures, nodeBreaks } = JSON.parse(lines[0] ?? '{}') as {
    count: number;
    failures: string[];
    nodeBreaks: string[];
  };
  expect(failures).toEqual([]);
  // Node reads them from its own copy of the options (docs/threat-model.md, "Polluted prototypes").
  // `blockList` is read from Node 24 on.
  expect(nodeBreaks.filter((name) => name !== 'blockList')).toEqual([
    'signal',
    'encoding',
    'defaultEncoding',
    'handle',
  ]);
  const [baseline, ...polluted] = sections.filter(({ name }) => name !== 'warm-up');
  expect(baseline?.name).toBe('baseline');
  expect(baseline?.requests).toHaveLength(8);
  expect(polluted).toHaveLength(count + 1);
  for (const { name, requests } of polluted.slice(0, -1))
    expect({ name, requests }).toEqual({ name, requests: baseline?.requests });
}, 60_000);

test('M1: nor does HTTP/2 know the difference', async () => {
  const requests: Record<string, unknown>[] = [];
  const { origin, sessions } = await serveHttp2((stream, headers) => {
    requests.push({ ...headers });
    void bodyOf(stream).then((body) => reply(stream, `${headers[':method']} ${body.toString()}`));
  });
  const { code, lines, errors } = await runProgram('pollute-http2', [origin], [], {
    CA: authority,
  });
  expect([code, errors]).toEqual([0, '']);
  const { count, failures } = JSON.parse(lines[0] ?? '{}') as { count: number; failures: string[] };
  expect(failures).toEqual([]);
  expect(sessions).toHaveLength(count);
  expect(requests).toEqual(Array.from({ length: count }, () => requests.slice(0, 2)).flat());
}, 60_000);

test('M1: where Node refuses a session of HTTP/2, the call fails, not the process', async () => {
  const { origin } = await serveHttp2((stream) => reply(stream, 'answered'));
  const program = await runProgram('refused-http2', [origin], [], { CA: authority });
  expect([program.code, program.errors]).toEqual([0, '']);
  expect(JSON.parse(program.lines[0] ?? '{}')).toEqual({ isNetworkError: true, after: 'answered' });
}, 60_000);
