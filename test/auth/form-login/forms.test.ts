import { DecodeError } from 'isosession';
import { expect, test } from 'vitest';
import { readForms } from '../../../src/auth/form-login/read-forms.ts';
import { rejection } from '../../support/contract.ts';
import { forms } from './forms.ts';

const page = new URL('https://shop.test/account/login?next=/');

test.each(forms)('%s is sent as a browser sends it', async (_title, html, sent) => {
  const [form] = await readForms(html, page);
  expect(form?.entries).toEqual(sent);
  expect(form?.fields).toEqual(Object.fromEntries(sent));
});

test.each<[html: string, action: string | undefined]>([
  ['<form>', 'https://shop.test/account/login?next=/'],
  ['<base href=/static/><form action="">', 'https://shop.test/account/login?next=/'],
  ['<base href=/static/><form action=in>', 'https://shop.test/static/in'],
  ['<base target=x><base href=/a/><base href=/b/><form action=in>', 'https://shop.test/a/in'],
  ['<base href="https://["><form action=in>', 'https://shop.test/account/in'],
  ['<form action=/a><button formaction=/b>', 'https://shop.test/b'],
  ['<form action="javascript:alert(1)">', 'javascript:alert(1)'],
  ['<form action="https://[">', undefined],
])('%s leads to %s', async (html, action) => {
  const [form] = await readForms(html, page);
  expect(form?.action.href).toBe(action);
});

test.each<[html: string, isPost: boolean, isMultipart: boolean]>([
  ['<form method=POST>', true, false],
  ['<form method=post enctype=MULTIPART/form-data>', true, true],
  ['<form method=dialog>', false, false],
  ['<form method=post><button formmethod=get>', false, false],
  ['<form><button formmethod=post formenctype=multipart/form-data>', true, true],
])('%s: POST %s, multipart %s', async (html, isPost, isMultipart) => {
  expect((await readForms(html, page))[0]).toMatchObject({ isPost, isMultipart });
});

test.each([
  ['forms', '<form>'],
  ['fieldsets', '<fieldset></fieldset>'],
  ['radio buttons of a group', '<input type=radio name=a checked>'],
  ['fields of a form by its id', '<input form=f name=a>'],
  ['options', '<option>'],
])('a page of 4 MB of %s is read in the time of a page', async (_title, part) => {
  const html = `<form id=f><select name=s>${part.repeat(2 ** 22 / part.length)}`;
  expect(await readForms(html, page)).toHaveLength(1);
});

test('a page of elements that are never closed is given up', async () => {
  const error = await rejection(readForms('<b>'.repeat(2 ** 20), page), DecodeError);
  expect(error.message).toContain('1000 deep');
  expect(await readForms(`${'<b>'.repeat(900)}<form>`, page)).toHaveLength(1);
});
