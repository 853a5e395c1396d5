import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { refuse } from '../../.config/layers.js';
import { root } from './consumer.ts';

describe('the import table', () => {
  it.each([
    ['core/url.ts', '../errors.ts', false],
    ['core/url.ts', './headers.ts', false],
    ['types.ts', './core/response.ts', true],
    ['middleware/auth/basic.ts', '../../core/text.ts', false],
    ['middleware/auth/basic.ts', '../../types.ts', true],
    ['node/pool.ts', 'undici', false],
    ['node/pool.ts', 'undici/lib/dispatcher/client.js', false],
    ['node/pool.ts', 'node:net', false],
    ['node/pool.ts', '../transport/redirects.ts', false],
    ['cookies/jar.ts', 'tough-cookie', false],
    ['node.ts', './node/pool.ts', false],
    ['edge.ts', './cookies/jar.ts', false],
    ['ky.ts', 'ky', false],
    ['ky.ts', './session.ts', true],
    ['ssr/hydrate.ts', '../core/state.ts', false],
    ['ssr/hydrate.ts', '../browser.ts', true],
    ['testing/index.ts', './mock-transport.ts', false],
  ])('lets %s import %s', (file, source, typeOnly) => {
    expect(refuse(file, source, typeOnly)).toBeUndefined();
  });

  it.each([
    ['core/url.ts', '../session.ts', true],
    ['core/url.ts', '../middleware/retry.ts', false],
    ['core/url.ts', 'tough-cookie', false],
    ['core/url.ts', 'node:url', false],
    ['core/url.ts', './headers', false],
    ['types.ts', './core/response.ts', false],
    ['middleware/retry.ts', '../transport/fetch.ts', false],
    ['transport/fetch.ts', '../node/pool.ts', false],
    ['transport/fetch.ts', 'undici', true],
    ['cookies/jar.ts', '../node/pool.ts', false],
    ['node/pool.ts', 'tough-cookie', false],
    ['node/pool.ts', '../session.ts', false],
    ['browser.ts', './node/pool.ts', false],
    ['edge.ts', './node/pool.ts', false],
    ['edge.ts', 'undici', false],
    ['browser.ts', 'node:buffer', false],
    ['ky.ts', './session.ts', false],
    ['ssr/hydrate.ts', '../browser.ts', false],
    ['ssr/forward-session.ts', '../cookies/session-jar.ts', false],
    ['ssr/incoming.ts', 'node:http', true],
    ['ky.ts', 'cross-fetch', false],
    ['unheard-of/x.ts', '../core/url.ts', false],
  ])('keeps %s from importing %s', (file, source, typeOnly) => {
    expect(refuse(file, source, typeOnly)).toBeTypeOf('string');
  });
});

describe('the program of the neutral code', () => {
  const { config } = ts.readConfigFile(join(root, 'src/tsconfig.json'), (path) =>
    ts.sys.readFile(path),
  ) as { config: unknown };
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, join(root, 'src'));
  const files = ts
    .createProgram(fileNames, options)
    .getSourceFiles()
    .map(({ fileName }) => fileName);

  it('has the browser and edge entries and everything outside of src/node in it', () => {
    const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .map((name) => name.replaceAll('\\', '/'))
      .filter(
        (name) => name.endsWith('.ts') && name !== 'index.node.ts' && !name.startsWith('node/'),
      );
    expect(sources).toEqual(
      expect.arrayContaining(['index.browser.ts', 'index.edge.ts', 'session.ts']),
    );
    for (const name of sources) expect(files).toContain(join(root, 'src', name));
  });

  it('knows no type of Node, and nothing of src/node', () => {
    expect(
      files.filter((name) => /@types\/node\/|undici|\/src\/(?:index\.node\.ts$|node\/)/.test(name)),
    ).toEqual([]);
  });
});

describe('the lock file', () => {
  it('names no registry, so that an install asks the one that is configured', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved"/);
  });
});
