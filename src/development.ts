/**
 * Whether this build explains itself. The browser's production build puts `false` in the place of
 * this module, and what stands behind it is left out: long messages, hints, and checks of what
 * fails loudly anyway. CONTRIBUTING.md says how texts are written.
 *
 * @module
 */
export const isDevelopment: boolean = true;
