import { connection } from 'next/server';
import { createElement } from 'react';
import { shared } from '../../api.js';

async function Part() {
  return createElement('p', null, await shared.get('counted').text());
}

export default async function Page() {
  await connection();
  return createElement('main', null, ...['a', 'b', 'c'].map((key) => createElement(Part, { key })));
}
