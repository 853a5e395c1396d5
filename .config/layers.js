// @ts-check
import { posix, relative } from 'node:path';

/**
 * The import table of the architecture, the lowest layer first. Each may import itself, the errors,
 * `development`, `version`, and what stands here; in types also `types` and `model`. `*` is
 * everything; `type` holds what it may only name in types; `packages` what it may load from outside.
 *
 * @type {Record<string, {may?: string[], type?: string[], packages?: RegExp}>}
 */
const table = {
  types: { may: [], type: ['*'] },
  model: { may: [], type: ['*'] },
  errors: { may: [], type: ['*'] },
  development: { may: [] },
  internals: {},
  version: { may: [] },
  'load-chunk': {},
  cancellation: {},
  request: { may: ['cancellation'], type: ['response'] },
  options: { may: ['request'] },
  response: { may: ['cancellation', 'request', 'options', 'load-chunk'], type: ['call'] },
  transports: { may: ['cancellation', 'request', 'options', 'response', 'load-chunk'] },
  middleware: { may: ['cancellation', 'request', 'options', 'response', 'load-chunk'] },
  call: { may: ['cancellation', 'request', 'options', 'response', 'transports', 'middleware'] },
  cookies: { may: ['request', 'options', 'response', 'load-chunk'], packages: /^tough-cookie$/ },
  session: {
    may: [
      'cancellation',
      'request',
      'options',
      'response',
      'transports',
      'call',
      'internals',
      'load-chunk',
    ],
  },
  // `saveTo()` sends its call's request anew by the call's `retry`.
  node: {
    may: [
      'cancellation',
      'request',
      'options',
      'response',
      'transports',
      'middleware',
      'store',
      'version',
    ],
    type: ['call', 'cookies'],
    packages: /^(?:node:|undici(?:\/|$))/,
  },
  standalone: { may: ['internals'], type: ['session', 'response'] },
  public: { may: ['*'] },
  'index.node.ts': { may: ['*'], packages: /^node:/ },
  'index.edge.ts': { may: ['*'], packages: /^tough-cookie$/ },
  'index.browser.ts': { may: ['*'] },
  auth: {
    may: ['cancellation', 'request', 'options', 'response', 'middleware'],
    packages: /^(?:oauth4webapi|dpop|htmlparser2)$/,
  },
  traffic: { may: ['cancellation', 'request', 'options', 'response', 'middleware'] },
  ssr: {
    may: ['cancellation', 'request', 'options', 'response', 'internals'],
    type: ['session', 'index.browser.ts'],
  },
  next: { may: ['options', 'ssr'], type: ['session', 'index.browser.ts'] },
  // Sessions of the platform's own, by the name of the package: no entry is bundled into another.
  store: {
    may: ['request', 'options', 'internals', 'middleware'],
    type: ['session', 'cookies'],
    packages: /^isosession$/,
  },
  har: { may: ['cookies', 'request', 'response'] },
  inspect: {
    may: [
      'call',
      'cookies',
      'har',
      'internals',
      'middleware',
      'options',
      'request',
      'response',
      'version',
    ],
    type: ['session', 'index.browser.ts'],
  },
  opentelemetry: {
    may: ['request', 'middleware', 'version'],
    type: ['response'],
    packages: /^@opentelemetry\/api$/,
  },
  testing: {
    may: ['cookies', 'har', 'options', 'request', 'version'],
    type: ['session', 'index.browser.ts'],
    packages: /^isosession$/,
  },
  ky: {
    may: ['options', 'request', 'internals'],
    type: ['session', 'index.browser.ts'],
    packages: /^ky$/,
  },
  'cross-fetch': {
    may: ['options', 'request', 'transports'],
    type: ['session', 'index.browser.ts'],
    packages: /^cross-fetch$/,
  },
};

/**
 * What only one platform has, so that no other entry may reach it even by way of a layer that may
 * import everything.
 */
const homes = { node: 'index.node.ts', cookies: 'index.edge.ts and index.node.ts' };

/**
 * `request/url.ts` → `request`, `session.ts` → `session`, an entry of a platform → its file name.
 *
 * @param {string} path
 */
function layerOf(path) {
  if (['index.node.ts', 'index.edge.ts', 'index.browser.ts'].includes(path)) return path;
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
  if (to === 'node' && from !== 'node' && from !== 'index.node.ts')
    return `src/node is the home of ${homes.node} alone`;
  if (
    to === 'cookies' &&
    from === 'index.browser.ts' &&
    !typeOnly &&
    posix.basename(source).includes('jar')
  )
    return `the jar is for ${homes.cookies}`;
  const allowed = [
    from,
    'development',
    'version',
    'errors',
    ...(typeOnly ? ['types', 'model'] : []),
    ...(rule.may ?? []),
    ...(typeOnly ? (rule.type ?? []) : []),
  ];
  if (rule.may?.length === 0 && !typeOnly && to !== from && to !== 'development')
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
