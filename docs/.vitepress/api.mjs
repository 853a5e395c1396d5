// @ts-check
/**
 * Writes the API's reference from the docstrings of the sources, as Markdown, into
 * `docs/reference/api`: a page for each entry.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, Converter, ReflectionKind, TSConfigReader } from 'typedoc';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));
const out = join(root, 'docs/reference/api');

/** The import names of the entries, with the files of their sources. */
const { compilerOptions } = /** @type {{compilerOptions: {paths: Record<string, string[]>}}} */ (
  ts.readConfigFile(join(root, 'tsconfig.json'), (path) => readFileSync(path, 'utf8')).config
);
const entries = Object.entries(compilerOptions.paths).map(([name, [path = '']]) => ({
  name,
  path: relative('.', path),
}));

const app = await Application.bootstrapWithPlugins(
  {
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: entries.map(({ path }) => join(root, path)),
    tsconfig: join(root, 'tsconfig.json'),
    out,
    readme: 'none',
    name: 'API',
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    disableSources: true,
    githubPages: false,
    skipErrorChecking: true,
    // What is not exported by an entry stands in its docs by its name alone.
    validation: { notExported: false, invalidLink: false, invalidPath: false },
    logLevel: 'Warn',
    ...{
      outputFileStrategy: 'members',
      membersWithOwnFile: ['Class', 'Interface', 'Function'],
      entryFileName: 'index',
      mergeReadme: false,
      modulesFileName: 'modules',
      hideBreadcrumbs: true,
      hidePageHeader: true,
      parametersFormat: 'list',
      interfacePropertiesFormat: 'list',
      typeDeclarationFormat: 'list',
      useCodeBlocks: true,
      expandObjects: false,
    },
  },
  [new TSConfigReader()],
);
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  for (const module of project.children ?? []) {
    const entry = entries.find(
      ({ path }) => path.replace(/^src\/|(?:\/index)?\.ts$/g, '') === module.name,
    );
    if (entry) module.name = entry.name;
  }
});
// `@throws {TypeError} …` says of what class it is.
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  for (const { comment } of Object.values(project.reflections))
    for (const tag of comment?.getTags('@throws') ?? [])
      if (tag.typeAnnotation)
        tag.content.unshift({ kind: 'text', text: `\`${tag.typeAnnotation.slice(1, -1)}\` ` });
});
// What is inherited stands where it is declared.
app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
  for (const reflection of project.getReflectionsByKind(ReflectionKind.All))
    if (reflection.isDeclaration() && reflection.inheritedFrom)
      project.removeReflection(reflection);
});
const project = await app.convert();
if (!project) throw new Error('TypeDoc has found no API');
await app.generateOutputs(project);
if (app.logger.hasErrors()) throw new Error('TypeDoc has failed');
