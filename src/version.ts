/** The version of the package. A test holds it against package.json. */
export const version = '0.1.0';

/** The `user-agent` that Node and edge runtimes send by default. */
export const userAgent = `isosession/${version}`;
