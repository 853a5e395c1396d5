/**
 * `isosession/auth`: credentials that take a dialogue with a server.
 *
 * @module
 */
export { digest } from './digest/digest.ts';
export { formLogin } from './form-login/form-login.ts';
export type { FormLoginOptions } from './form-login/options.ts';
export type { PageForm } from './form-login/read-forms.ts';
export { oauth2 } from './oauth2/oauth2.ts';
export type { AuthorizationOptions, OAuth2 } from './oauth2/oauth2.ts';
export type { DeviceLogin } from './oauth2/device.ts';
export type { ExpectedCallback } from './oauth2/grants.ts';
export type {
  AuthorizationServer,
  ClientAuth,
  DpopKeyPair,
  DpopKeyStore,
  JsonValue,
  OAuth2Options,
  OAuth2Tokens,
} from './oauth2/options.ts';
