'use client';
import { createElement, useState } from 'react';
import { Session } from 'isosession';

/** A server renders the component, too, where no page is there for it. */
const api = new Session({ baseUrl: '/api/' });

export function Part() {
  const [text, setText] = useState('');
  const ask = () => api.get('text').text().then(setText);
  return createElement('button', { onClick: ask }, text || 'Ask');
}
