/** A cookie, as a browser tells its automation. */
export interface BrowserCookie {
  name: string;
  value: string;
  domain: string;
  path: string;
  httpOnly: boolean;
  secure: boolean;
  sameSite: string | undefined;
  /** Seconds since 1970; `undefined` for one that ends with the browser. */
  expires: number | undefined;
  /** Whose cookie jar it is in, where the browser has several and tells. */
  partition?: unknown;
}

/**
 * A page in a profile of its own: all that the tests of this folder do with one. Elements are named
 * by CSS selectors.
 */
export interface BrowserPage {
  /** Uncaught errors of its scripts. WebKit's driver tells none. */
  readonly problems: readonly string[];
  goto(url: string): Promise<void>;
  /** The value of an expression, which is JSON and no promise. Works without scripts, too. */
  evaluate<T>(expression: string): Promise<T>;
  click(selector: string): Promise<void>;
  /** Types into a field, over what it has. */
  fill(selector: string, text: string): Promise<void>;
  chooseFile(selector: string, path: string): Promise<void>;
  /** Every cookie of the profile. WebKit's driver tells those that would go to the page's URL. */
  cookies(): Promise<BrowserCookie[]>;
  close(): Promise<void>;
}

/** A browser that runs. It accepts every certificate. */
export interface PageBrowser {
  /** One at a time. */
  openPage(): Promise<BrowserPage>;
  close(): Promise<void>;
}

export interface PageBrowserOptions {
  /** `false` for a visitor who has switched scripts off. Default `true`. */
  scripts?: boolean;
}
