import { cookies } from 'next/headers';
import { createElement } from 'react';
import { visitor } from '../../api.js';

async function logIn() {
  'use server';
  const session = await visitor();
  await session.post('login', { form: { user: 'ann' } }).text();
}

async function logOut() {
  'use server';
  const session = await visitor();
  await session.post('logout').text();
}

async function choose() {
  'use server';
  const store = await cookies();
  store.set('theme', 'dark/blue');
}

const button = (action, name) =>
  createElement('form', { action }, createElement('button', null, name));

/** Shows the cookies that the backend gets, twice. */
export default async function Page() {
  const session = await visitor();
  const seen = [await session.get('seen').text(), await session.get('seen').text()];
  return createElement(
    'main',
    null,
    createElement('p', null, JSON.stringify(seen)),
    button(logIn, 'logIn'),
    button(logOut, 'logOut'),
    button(choose, 'choose'),
  );
}
