import { UnsupportedError } from '../../errors/unsupported-error.ts';
import type { TokenSource } from './token-source.ts';

/** A `<meta name= content>` of the page, read at each call, since the page may have changed it. */
export function metaSource(name: string): TokenSource {
  return {
    read() {
      const { document } = globalThis;
      if (!document)
        throw new UnsupportedError(
          `csrf({ from: { meta: '${name}' } }) reads a document, and there is none here: ` +
            'take the token from a cookie, header or url',
        );
      const metas = [...document.getElementsByTagName('meta')];
      return metas.find((meta) => meta.name === name)?.content;
    },
  };
}
