/** The page, which is the same below every server. */
import { dehydrate } from 'isosession/ssr';
import { weather } from './api.js';

/** What the page shows, read by the session of one visitor. */
export async function load(session) {
  const [{ name }, today] = await Promise.all([
    session.get('me', { context: { hydrate: true } }).json(),
    session.get(`${weather}/today`).text(),
  ]);
  return { name, weather: today };
}

export async function render(session) {
  const page = await load(session);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Hello</title></head>
<body>
<h1>Hello, ${escape(page.name)}</h1>
<p>${escape(page.weather)}</p>
<script type="application/json" id="session">${dehydrate(session)}</script>
</body>
</html>`;
}

function escape(text) {
  return text.replace(/[&<]/g, (character) => `&#${character.charCodeAt(0)};`);
}
