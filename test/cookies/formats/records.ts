import type { CookieRecord } from 'isosession';

/** A year from now, in whole seconds, as most formats have it. */
const end = Math.floor(Date.now() / 1000) * 1000 + 31_536_000_000;

/** As a header has it: "ä" in UTF-8, a character each. */
const bytes = '\xc3\xa4';

const values = [
  'plain',
  '"quoted"',
  'a=b=c',
  'with space',
  '%20%3B',
  '',
  '€ und ä',
  '{"a":1}',
  bytes,
];

/** 200 records in which every field has every value that most formats hold. */
export const records: CookieRecord[] = Array.from({ length: 200 }, (_, i) => {
  const sameSite = ([undefined, 'strict', 'lax', 'none'] as const)[i % 4];
  return {
    name: i % 7 === 0 ? `__Secure-c${i}` : `c${i}`,
    value: values[i % values.length] as string,
    domain: `h${i % 9}.example${i % 2}.com`,
    path: ['/', '/a', '/a/b c'][i % 3] as string,
    expires: i % 5 === 0 ? null : end + i * 1000,
    secure: i % 7 === 0 || sameSite === 'none',
    ...(sameSite && { sameSite }),
    partitioned: false,
    httpOnly: i % 2 === 0,
    hostOnly: i % 3 !== 0,
  };
});
