import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { NonceInUse } from '../../../src/auth/digest/answer.ts';
import {
  chooseChallenge,
  type DigestChallenge,
} from '../../../src/auth/digest/digest-challenge.ts';
import { hashesOfHost } from '../../../src/auth/digest/hashes.ts';
import { parseChallenges } from '../../../src/request/text/challenges.ts';
import { parametersOf } from './server.ts';

function challengeOf(header: string): DigestChallenge {
  const challenge = chooseChallenge(parseChallenges(header), hashesOfHost());
  if (!challenge) throw new Error('There is no challenge.');
  return challenge;
}

const cutHash = (data: string | Uint8Array): string =>
  createHash('sha512')
    .update(Buffer.from(data as string, 'latin1'))
    .digest('hex')
    .slice(0, 64);

/** The answer to what a server writes, with a nonce of the client that is given. */
function answerTo(
  header: string,
  [user, password]: [string, string],
  { cnonce, uri }: { cnonce: string; uri: string },
): Record<string, string> {
  const nonce = new NonceInUse({ user, password }, challengeOf(header), { cnonce });
  return parametersOf(nonce.answer({ method: 'GET', uri }));
}

const mufasa = (algorithm: string) =>
  answerTo(
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ` +
      'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", ' +
      'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
    ['Mufasa', 'Circle of Life'],
    { cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ', uri: '/dir/index.html' },
  );

test.each([
  ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
  ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
])('RFC 7616, section 3.9.1: %s', (algorithm, response) => {
  expect(mufasa(algorithm)).toEqual({
    username: 'Mufasa',
    realm: 'http-auth@example.org',
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    uri: '/dir/index.html',
    response,
    algorithm,
    opaque: 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS',
    qop: 'auth',
    nc: '00000001',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  });
});

test('RFC 7616, section 3.9.2: a hashed name, with the hash of its figures and of its text', () => {
  const challenge = challengeOf(
    'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, ' +
      'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", ' +
      'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true',
  );
  const credentials = { user: 'Jäsøn Doe', password: 'Secret, or not?' };
  const answers = [cutHash, challenge.hash].map((hash) => {
    const cnonce = 'NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm';
    const nonce = new NonceInUse(credentials, { ...challenge, hash }, { cnonce });
    return parametersOf(nonce.answer({ method: 'GET', uri: '/doe.json' }));
  });
  // The figure of the RFC is that of SHA-512 cut short, which is not SHA-512/256.
  expect(answers.map(({ username }) => username)).toEqual([
    '488869477bf257147b804c45308cd62ac4e25eb717b12b298c79e62dcea254ec',
    '793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b',
  ]);
  expect(answers[1]?.response).toBe(
    '7a4e1192babbba02e91182d2895bfdbf7adafc6e48d4e517ca301974843d840c',
  );
});
