import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { expect, test } from 'vitest';
import { root } from './consumer.ts';

/** What gives each part away, once it is bundled. */
const signs: Readonly<Record<string, RegExp>> = {
  digest: /sha512-256/,
  oauth2: /oauth4webapi|code_challenge/,
  formLogin: /htmlparser2|419/,
  netrc: /\.netrc/,
};

const platforms: Readonly<Record<string, BuildOptions>> = {
  browser: { conditions: ['browser'] },
  'browser, in development': { conditions: ['browser', 'development'] },
  workerd: { conditions: ['workerd'] },
  Node: { conditions: ['node'], platform: 'node' },
};

/** The parts that are in a bundle of this text, each module that may be loaded among it. */
async function partsOf(contents: string, platform: string): Promise<string[]> {
  const { outputFiles = [] } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    outdir: join(root, 'nowhere'),
    splitting: true,
    external: ['undici', 'tough-cookie', 'oauth4webapi', 'dpop', 'htmlparser2'],
    tsconfigRaw: {},
    logLevel: 'error',
    ...platforms[platform],
  });
  const code = outputFiles.map(({ text }) => text).join('\n');
  return Object.keys(signs).filter((name) => signs[name]?.test(code));
}

const names = Object.keys(platforms);

test.each(names)('for %s no credentials by dialogue are in a bundle without them', async (name) => {
  const session = `import { Session, basic, refresh } from 'isosession';`;
  expect(await partsOf(`${session} console.log(Session, basic, refresh);`, name)).toEqual([]);
});

test.each(names)('for %s each is in a bundle that has it, and no other one', async (name) => {
  for (const part of ['digest', 'oauth2', 'formLogin']) {
    const text = `import { ${part} } from 'isosession/auth'; console.log(${part});`;
    expect(await partsOf(text, name)).toEqual([part]);
  }
});

test('netrc is in a bundle for Node that has it', async () => {
  const text = `import { netrc } from 'isosession/node'; console.log(netrc);`;
  expect(await partsOf(text, 'Node')).toEqual(['netrc']);
});
