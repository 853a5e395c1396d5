import { relative, sep } from 'node:path';
import { type InputOptions, type Plugin, type RenderedChunk, rollup } from 'rollup';

/**
 * The same modules are published three times: for `import`, for `require()`, and for pages in
 * production. All are cut into the same chunks, since `npm pack` puts files of one name side by
 * side, and gzip, which looks back 32 kB, writes once what these have in common. What is made of
 * this length is longer by its `require()` calls.
 */
const mostLength = 27_000;

type Options = InputOptions & { external: RegExp };

/** The modules of a chunk, in the order in which they run, by pieces that are short enough. */
function cut({ moduleIds, modules }: RenderedChunk): string[][] {
  const pieces: string[][] = [];
  let length = Infinity;
  for (const id of moduleIds) {
    const { renderedLength = 0 } = modules[id] ?? {};
    length += renderedLength;
    if (length > mostLength) {
      pieces.push([]);
      length = renderedLength;
    }
    pieces.at(-1)?.push(id);
  }
  return pieces;
}

/** After its longest module: `transports-send-public`. */
function nameOf(piece: string[], { modules }: RenderedChunk): string {
  const lengthOf = (id: string) => modules[id]?.renderedLength ?? 0;
  const [longest = ''] = piece.toSorted((one, other) => lengthOf(other) - lengthOf(one));
  return relative('src', longest).replace(/\.ts$/, '').replaceAll(sep, '-');
}

/** The name of a chunk for each module; none for what is loaded later. */
async function plan(options: Options, stages: string[][]): Promise<Map<string, string | null>> {
  const names = new Map<string, string | null>();
  for (const input of stages) {
    const planned = new Set(names.keys());
    const external = (id: string) => options.external.test(id) || planned.has(id);
    const build = await rollup({ ...options, external, input });
    const { output } = await build.generate({});
    for (const chunk of output) {
      if (chunk.type !== 'chunk') continue;
      for (const piece of cut(chunk)) {
        const name = chunk.isDynamicEntry ? null : nameOf(piece, chunk);
        for (const id of piece) names.set(id, name);
      }
    }
  }
  return names;
}

/**
 * Cuts what Rollup itself would put in one chunk: first for the entries of the first stage, then
 * what those of the next one load besides. Entries, and what is loaded later, stay as Rollup makes
 * them.
 */
export function sharedChunks(options: Options, stages: string[][]): Plugin {
  const planned = plan(options, stages);
  let names: Awaited<typeof planned>;
  return {
    name: 'shared-chunks',
    async buildStart() {
      names = await planned;
    },
    outputOptions: (output) => ({
      ...output,
      chunkFileNames: 'chunks/[name].js',
      onlyExplicitManualChunks: true,
      manualChunks: (id, { getModuleInfo }) => (getModuleInfo(id)?.isEntry ? null : names.get(id)),
    }),
  };
}
