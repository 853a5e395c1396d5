import { readFileSync } from 'node:fs';

/** The most bytes of each build of a page, by the names that CI has for them. */
export type Budgets = Readonly<Record<string, number>>;

declare const data: Budgets;
export { data };

const source = new URL('../../test/package/sizes.mjs', import.meta.url);

export default {
  watch: ['../../test/package/sizes.mjs'],
  load(): Budgets {
    const [, budgets = ''] =
      /^export const budgets = \{([^}]*)\}/m.exec(readFileSync(source, 'utf8')) ?? [];
    const rows = [...budgets.matchAll(/(\w+): ([\d_]+)/g)].map(([, name = '', bytes = '']) => [
      name,
      Number(bytes.replaceAll('_', '')),
    ]);
    if (rows.length === 0) throw new Error('sizes.mjs has no budgets');
    return Object.fromEntries(rows) as Budgets;
  },
};
