/** One login by the form of a page. */
import { DecodeError } from '../../errors/decode-error.ts';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { SessionState } from '../../model.ts';
import { HTTPError, type SessionResponse } from '../../response/session-response.ts';
import { textDecoder } from '../../response/text/read-text.ts';
import type { CallOptions, RequestOptions } from '../../types/options.ts';
import type { Entry } from './entry-list.ts';
import type { FormLoginOptions } from './options.ts';
import { readForms, type SendableForm } from './read-forms.ts';

type Fields = Readonly<Record<string, string>>;

/** A page with a form is no larger, in bytes. */
const largestPage = 4 * 2 ** 20;

/** What every call of a login has: it waits for no login, and looks at each status itself. */
const ofLogin: CallOptions = {
  auth: null,
  redirect: 'follow',
  throwHttpErrors: false,
  maxResponseSize: largestPage,
};
const html = 'text/html,application/xhtml+xml';

/** The same page, whatever its query. */
export const isSamePage = (a: URL, b: URL): boolean =>
  a.origin === b.origin && a.pathname === b.pathname;

const hasFields = (form: SendableForm, fields: Fields): boolean =>
  Object.keys(fields).every((name) => Object.hasOwn(form.fields, name));

/** The login was refused by the server: it is not to be tried again with the same fields. */
export class RefusedLogin {
  readonly error: InvalidRequestError;

  constructor(answer: SessionResponse) {
    const { status, request } = answer;
    this.error = new InvalidRequestError(
      `formLogin(): the login was refused with status ${status}: check fields. It is not tried ` +
        'again before they are others',
      { request, cause: status >= 400 ? new HTTPError(answer) : undefined },
    );
  }
}

/** What one login is made of. */
export interface Login {
  readonly state: SessionState;
  /** The login page. */
  readonly url: URL;
  readonly fields: Fields;
  readonly options: FormLoginOptions;
}

/**
 * Loads the page, fills in its form and sends it. Who is sent elsewhere by the page, to one without
 * such a form, is logged in already.
 */
export async function logIn(login: Login): Promise<RefusedLogin | undefined> {
  const { state, url, options } = login;
  const page = await state.callPart(url.href, ofLogin, html);
  const pageUrl = new URL(page.url);
  const form = await findForm(page, login);
  if (!form) {
    page.throwForStatus();
    if (!isSamePage(pageUrl, url)) return undefined;
    throw new DecodeError(`formLogin(): there is no form with ${namesOf(login)} on the page`, {
      request: page.request,
    });
  }
  checkForm(form, page, login);
  const answer = await send(form, page, login);
  const { failed } = options;
  // It says nothing of the fields.
  if (!failed && (answer.status >= 500 || answer.status === 429)) answer.throwForStatus();
  const pages = [url, pageUrl, form.action];
  const isRefused = failed ? failed(answer) : await showsFormAgain(answer, pages, login);
  await answer.body?.cancel();
  return isRefused ? new RefusedLogin(answer) : undefined;
}

const namesOf = ({ fields }: Login): string =>
  `the fields ${Object.keys(fields).join(', ')}`.slice(0, 200);

/** The form that the options mean: by default, the first one that has the fields. */
async function findForm(
  page: SessionResponse,
  { fields, options: { form: isWanted } }: Login,
): Promise<SendableForm | undefined> {
  const forms = await readForms(await textOf(page), new URL(page.url));
  return forms.find((form) => (isWanted ? isWanted(form) : hasFields(form, fields)));
}

/** By the charset of the content-type, else by that of the markup, as a browser reads a page. */
async function textOf(page: SessionResponse): Promise<string> {
  if (page.headers.get('content-type')?.includes('charset=')) return page.text('auto');
  const bytes = await page.bytes();
  const head = new TextDecoder().decode(bytes.subarray(0, 1024));
  const [, charset] = /<meta\s[^>]*charset\s*=\s*["']?([^\s"'>/;]+)/i.exec(head) ?? [];
  return textDecoder('auto', charset, bytes).decode(bytes);
}

/** @throws {InvalidRequestError} where this is not an origin of the login's. */
function checkOrigin(
  { origin }: URL,
  what: string,
  { login: { state, url }, page }: { login: Login; page: SessionResponse },
): void {
  if (origin === url.origin || state.trustedOrigins?.has(origin)) return;
  throw new InvalidRequestError(
    `formLogin(): ${what} ${origin}, which is neither the origin of url nor one of the ` +
      "session's: name it in origins, if it may have the fields",
    { request: page.request },
  );
}

/** A page must not lead a password to somebody else, or into a URL. */
function checkForm({ action, isPost }: SendableForm, page: SessionResponse, login: Login): void {
  checkOrigin(new URL(page.url), 'the page is from', { login, page });
  checkOrigin(action, 'the form is sent to', { login, page });
  if (!isPost)
    throw new InvalidRequestError(
      'formLogin(): the form is sent by GET, which would put the fields into a URL: choose ' +
        'another one by form(), or log in by post()',
      { request: page.request },
    );
}

/** Sends the fields no further than {@link checkForm} would have them sent. */
function send(form: SendableForm, page: SessionResponse, login: Login): Promise<SessionResponse> {
  const { state, fields } = login;
  const { origin, pathname } = new URL(page.url);
  const entries = [
    ...form.entries.filter(([name]) => !Object.hasOwn(fields, name)),
    ...Object.entries(fields),
  ].map(([name, value]): Entry => [toSentText(name), toSentText(value)]);
  // A browser says by itself where the form was.
  const isBrowser = !state.platform.cookieLayer;
  const headers = isBrowser ? {} : { origin, referer: origin + pathname };
  const body: RequestOptions = form.isMultipart
    ? { body: toFormData(entries) }
    : { form: new URLSearchParams(entries) };
  const checkBodyHop = (to: URL): void =>
    checkOrigin(to, 'the form is redirected to', { login, page });
  const options = { ...ofLogin, ...body, method: 'POST', headers };
  return state.callPart(form.action.href, options, html, { response: page, checkBodyHop });
}

/** Line breaks as a form sends them. */
const toSentText = (text: string): string => text.replace(/\r\n?|\n/g, '\r\n');

function toFormData(entries: readonly Entry[]): FormData {
  const data = new FormData();
  for (const [name, value] of entries) data.append(name, value);
  return data;
}

/** Whether the answer is an error of its own, or the page with the same form. */
async function showsFormAgain(
  answer: SessionResponse,
  pages: readonly URL[],
  login: Login,
): Promise<boolean> {
  // Where a redirect has led to, there may be no page.
  if (answer.status >= 400 && !answer.redirected) return true;
  const url = new URL(answer.url);
  if (!pages.some((page) => isSamePage(page, url))) return false;
  if (!answer.headers.get('content-type')?.includes('html')) return false;
  return (await findForm(answer, login)) !== undefined;
}
