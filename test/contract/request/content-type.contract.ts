import type { RequestOptions } from 'isosession';
import { describe, expect, test } from 'vitest';
import { open, sent, sites } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

const formData = () => {
  const form = new FormData();
  form.append('a', 'b');
  return form;
};
const multipart = /^multipart\/form-data; ?boundary=\S+$/;
const urlencoded = /^application\/x-www-form-urlencoded(;\s*charset=utf-8)?$/i;

const forms: [name: string, options: () => RequestOptions, type: RegExp][] = [
  ['a FormData', () => ({ body: formData() }), multipart],
  ['a function that gives a FormData', () => ({ body: formData }), multipart],
  ['a form', () => ({ form: { a: 'b' } }), urlencoded],
  ['URLSearchParams', () => ({ body: new URLSearchParams('a=b') }), urlencoded],
];
const png = () => new Blob(['x'], { type: 'image/png' });
const blobs: typeof forms = [
  ['a Blob with a type', () => ({ body: png() }), /^image\/png$/],
  ['a File with a type', () => ({ body: new File([png()], 'a', { type: 'a/b' }) }), /^a\/b$/],
  ['a function that gives a Blob', () => ({ body: png }), /^image\/png$/],
];
const others: [name: string, options: () => RequestOptions][] = [
  ['JSON', () => ({ json: 1 })],
  ['text', () => ({ body: 'x' })],
  ['bytes', () => ({ body: Uint8Array.of(120) })],
  ['a Blob without a type', () => ({ body: new Blob(['x']) })],
  ['a function that gives text', () => ({ body: () => 'x' })],
];

const all = [...forms, ...blobs, ...others].map(([name, options]) => ({ name, options }));

const json = { headers: { 'content-type': 'application/vnd.api+json' } };

async function typeOf(defaults: typeof json | object, options: RequestOptions): Promise<string> {
  const { a } = sites();
  const echo = await open(defaults).post(a.url('echo'), options).json<JournalEntry>();
  const type = sent(echo, 'content-type') ?? '';
  // A boundary is that of the body.
  const boundary = /boundary=(.*)/.exec(type)?.[1];
  if (boundary !== undefined) expect(echo.body).toContain(`--${boundary}--`);
  return type;
}

describe("I12: over a session's default content-type", () => {
  test.each([...forms, ...blobs])('%s has its own', async (_, options, type) => {
    expect(await typeOf(json, options())).toMatch(type);
  });

  test.each(others)('%s does not name itself, and has the default', async (_, options) => {
    expect(await typeOf(json, options())).toBe('application/vnd.api+json');
  });

  test.each(all)('$name has what the call says', async ({ options }) => {
    const own = { ...options(), headers: { 'content-type': 'application/vnd.api+json' } };
    expect(await typeOf(json, own)).toBe('application/vnd.api+json');
    expect(await typeOf({}, own)).toBe('application/vnd.api+json');
  });
});

describe("I12: a call's multipart/form-data without a boundary", () => {
  const given = [
    'multipart/form-data',
    'Multipart/Form-Data; charset=utf-8',
    'multipart/form-data;',
  ];

  test.each(forms)('is that of nobody: %s has its own', async (_, options, type) => {
    for (const value of given)
      for (const defaults of [{}, json])
        expect(
          await typeOf(defaults, { ...options(), headers: { 'content-type': value } }),
          value,
        ).toMatch(type);
  });

  test('stays with a boundary, and for a body that is no form', async () => {
    const { a } = sites();
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    const call = open().post(a.url('echo'), { body: formData(), headers });
    expect(sent(await call.json<JournalEntry>(), 'content-type')).toBe(headers['content-type']);
    expect(
      await typeOf({}, { body: 'x', headers: { 'content-type': 'multipart/form-data' } }),
    ).toBe('multipart/form-data');
  });
});
