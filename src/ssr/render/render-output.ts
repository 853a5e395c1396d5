import type { SetCookieLine } from './set-cookie-line.ts';

/** What one render leaves behind for the page. */
export interface RenderOutput {
  /** `Set-Cookie` lines of the declared backends, each with the path that it was set at. */
  readonly setCookies: { readonly line: SetCookieLine; readonly at: string }[];
  /** Responses for the browser, each as JSON that is safe in HTML. */
  readonly responses: string[];
}
