/** Whether what was recorded may be what is asked now: what was redacted may be anything. */
import type { HarParam, HarPostData } from '../../har/har.ts';
import { hidden, isJsonType } from '../../har/redaction.ts';
import { hasBrand } from '../../request/host/brand.ts';
import type { WholeBody } from '../shared/whole-body.ts';

/** A body that can be compared. */
export type ComparableBody = string | FormData;

export async function comparable(body: WholeBody): Promise<ComparableBody> {
  if (body === null) return '';
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  return hasBrand(body, 'FormData') ? body : body.text();
}

/** URLs and forms: a redacted value is one parameter's. */
export function coversParameters(recorded: string, text: string): boolean {
  const parts = text.split(/[?&]/);
  const wanted = recorded.split(/[?&]/);
  return wanted.length === parts.length && wanted.every((part, i) => coversText(part, parts[i]));
}

export function coversBody(recorded: HarPostData | undefined, body: ComparableBody): boolean {
  if (!recorded) return body === '';
  const { mimeType, text, params } = recorded;
  if (typeof body !== 'string') return !params || coversForm(params, body);
  // It was left out.
  if (text === undefined) return !params;
  if (isJsonType(mimeType)) return coversJsonText(text, body);
  return coversParameters(text, body);
}

function coversForm(params: readonly HarParam[], form: FormData): boolean {
  const given = [...form];
  if (given.length !== params.length) return false;
  return params.every(({ name, value, fileName }, i) => {
    const [givenName, data] = given[i] ?? [];
    if (givenName !== name || data === undefined) return false;
    return typeof data === 'string' ? coversText(value ?? '', data) : data.name === fileName;
  });
}

function coversJsonText(recorded: string, text: string): boolean {
  try {
    return coversJson(JSON.parse(recorded), JSON.parse(text));
  } catch {
    return coversText(recorded, text);
  }
}

function coversJson(recorded: unknown, given: unknown): boolean {
  if (recorded === hidden) return true;
  if (typeof recorded === 'string') return typeof given === 'string' && coversText(recorded, given);
  if (!isObject(recorded) || !isObject(given)) return recorded === given;
  const names = Object.keys(recorded);
  return (
    Array.isArray(recorded) === Array.isArray(given) &&
    names.length === Object.keys(given).length &&
    names.every((name) => Object.hasOwn(given, name) && coversJson(recorded[name], given[name]))
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function coversText(recorded: string, text = ''): boolean {
  const [first = '', ...rest] = recorded.split(hidden);
  const last = rest.pop();
  if (last === undefined) return recorded === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
