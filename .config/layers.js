// @ts-check
import { posix, relative } from 'node:path';

/**
 * The import table of the architecture. Each layer may import itself, the types, the errors and
 * what stands here. `*` is everything; `type` holds what it may only name in types; `packages` what
 * it may load from outside.
 *
 * @type {Record<string, {may?: string[], type?: string[], packages?: RegExp}>}
 */
const table = {
  types: { may: [], type: ['*'] },
  errors: { may: [], type: ['*'] },
  core: {},
  middleware: { may: ['core'] },
  transport: { may: ['core'] },
  cookies: { may: ['core'], packages: /^tough-cookie$/ },
  node: { may: ['core', 'middleware', 'transport'], packages: /^(?:node:|undici(?:\/|$))/ },
  // It composes the onion, the transport line included.
  session: { may: ['core', 'middleware', 'transport'] },
  standalone: { may: ['core', 'session'] },
  public: { may: ['*'] },
  version: {},
  'node.ts': { may: ['*'], packages: /^node:/ },
  'edge.ts': { may: ['*'] },
  'browser.ts': { may: ['*'] },
  ssr: { may: ['core'], type: ['session', 'browser.ts'] },
  store: { may: ['core'], type: ['session', 'browser.ts'] },
  inspect: { may: ['core'], type: ['session', 'browser.ts'] },
  testing: { may: ['core'], type: ['session', 'browser.ts'] },
  ky: { may: ['core'], type: ['session', 'browser.ts'], packages: /^ky$/ },
  'cross-fetch': { may: ['core'], type: ['session', 'browser.ts'], packages: /^cross-fetch$/ },
};

/**
 * What only one platform has, so that no other entry may reach it even by way of a layer that may
 * import everything.
 */
const homes = { node: 'node.ts', cookies: 'edge.ts and node.ts' };

/**
 * `core/url.ts` → `core`, `session.ts` → `session`, an entry of a platform → its file name.
 *
 * @param {string} path
 */
function layerOf(path) {
  if (['node.ts', 'edge.ts', 'browser.ts'].includes(path)) return path;
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : path.replace(/\.ts$/, '');
}

/**
 * Why a file may not import something, or `undefined`.
 *
 * @param {string} file path within src, with slashes
 * @param {string} source as the import names it
 * @param {boolean} typeOnly
 */
export function refuse(file, source, typeOnly) {
  const from = layerOf(file);
  const rule = table[from];
  if (rule === undefined) return `${file} is in no layer of the import table (.config/layers.js)`;
  if (!source.startsWith('.')) {
    return rule.packages?.test(source) ? undefined : `${from} may not load the package '${source}'`;
  }
  if (!/\.(?:ts|json)$/.test(source)) return `name '${source}' with its .ts extension`;
  const to = layerOf(posix.join(posix.dirname(file), source));
  if (to === 'node' && from !== 'node' && from !== 'node.ts')
    return `src/node is the home of ${homes.node} alone`;
  if (
    to === 'cookies' &&
    from === 'browser.ts' &&
    !typeOnly &&
    posix.basename(source).includes('jar')
  )
    return `the jar is for ${homes.cookies}`;
  const allowed = [
    from,
    'types',
    'errors',
    ...(rule.may ?? []),
    ...(typeOnly ? (rule.type ?? []) : []),
  ];
  if (rule.may?.length === 0 && !typeOnly && to !== from)
    return `${from} may import nothing but types`;
  return allowed.includes('*') || allowed.includes(to) ? undefined : `${from} may not import ${to}`;
}

/** @type {import('eslint').Rule.RuleModule} */
export const layers = {
  meta: { type: 'problem', messages: { refused: '{{reason}}' }, schema: [] },
  create(context) {
    const file = relative(`${context.cwd}/src`, context.filename).replaceAll('\\', '/');
    /** @param {any} node */
    const check = (node) => {
      const literal = node.source?.type === 'TSLiteralType' ? node.source.literal : node.source;
      if (typeof literal?.value !== 'string') return;
      const typeOnly =
        node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type';
      const reason = refuse(file, literal.value, typeOnly);
      if (reason !== undefined) context.report({ node, messageId: 'refused', data: { reason } });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};
