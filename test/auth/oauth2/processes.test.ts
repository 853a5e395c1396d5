import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { oauth2 } from 'isosession/auth';
import { expect, onTestFinished, test } from 'vitest';
import { start, useProgram } from '../../store/processes.ts';
import { redirectUri, useProvider } from './provider.ts';

const provider = await useProvider();
useProgram('renew-oauth2');

test(
  'A5: a thousand 401s at once in two processes cause one renewal',
  { timeout: 60_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'isosession-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { issuer } = provider;
    const login = oauth2({
      issuer,
      clientId: 'spa',
      redirectUri,
      scope: 'openid offline_access',
      save: (tokens) => writeFile(join(folder, 'tokens.json'), JSON.stringify(tokens)),
    });
    const { url, ...expected } = await login.authorizationUrl({ prompt: 'consent' });
    await login.callback(await provider.logIn(url), expected);

    const programs = [1, 2].map(() => start([issuer, folder, '500']));
    await Promise.all(programs.map(({ line }) => line('ready')));
    provider.expireAccess();
    provider.asked.length = 0;
    for (const { child } of programs) child.stdin?.write('go\n');
    const said = await Promise.all(programs.map(({ line }) => line('ended')));
    expect(said).toEqual(['ended 200', 'ended 200']);
    const renewals = provider.asked.filter(({ path }) => path === '/token');
    // A second use of one refresh token would have ended the login.
    expect(renewals.map(({ status }) => status)).toEqual([200]);
  },
);
