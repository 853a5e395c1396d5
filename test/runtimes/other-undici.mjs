// Loads the undici of another folder in the place of the project's, by `import` and by `require`.
import { createRequire, registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.env['ISOSESSION_UNDICI'] ?? '';
const home = pathToFileURL(join(folder, '/')).href;
const { resolve: resolveThere } = createRequire(home);

registerHooks({
  resolve(specifier, context, next) {
    const [, path] = /(?:^|\/node_modules\/)(undici(?:\/.*)?)$/.exec(specifier) ?? [];
    const isThere = specifier.startsWith(home) || context.parentURL?.startsWith(home);
    if (path === undefined || isThere) return next(specifier, context);
    const format = path.endsWith('.json') ? 'json' : 'commonjs';
    return { url: pathToFileURL(resolveThere(path)).href, format, shortCircuit: true };
  },
});
