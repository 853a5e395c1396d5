import { isDevelopment } from '../development.ts';
import { UnsupportedError } from '../errors/unsupported-error.ts';

let warned = false;

/**
 * Warns, once, on a host that is no browser, where a session would send no cookies and never say
 * why: only a browser hides `Set-Cookie`. (React Native shows it, and keeps the cookies.)
 *
 * @throws {UnsupportedError} on one that has nothing of `fetch`, such as Jest's jsdom.
 */
export function warnElsewhere(): void {
  if (warned) return;
  if (!globalThis.Response || !globalThis.Headers) {
    throw new UnsupportedError('isosession needs Request and Response; jest-fixed-jsdom has them');
  }
  const response = new Response(null, { headers: { 'set-cookie': 'a=1' } });
  const isNative = globalThis.navigator?.product === 'ReactNative';
  if (isNative || !response.headers.has('set-cookie')) return;
  warned = true;
  console.warn(
    isDevelopment
      ? 'isosession: no cookies in the browser build: ' +
          'use exports of node, workerd, edge-light, deno, bun; in Jest with jsdom set ' +
          "testEnvironmentOptions: { customExportConditions: ['node'] }"
      : 'isosession: no cookies here: set customExportConditions',
  );
}
