/**
 * `isosession/auth`: credentials that take a dialogue with a server.
 *
 * @module
 */
export { digest } from './digest/digest.ts';
export { formLogin } from './form-login/form-login.ts';
export type { FormLoginOptions } from './form-login/options.ts';
export type { PageForm } from './form-login/read-forms.ts';
