import { json, text } from '@sveltejs/kit';

export function GET({ cookies }) {
  cookies.set('hours', 'seen', { path: '/' });
  return json({ open: `9 for ${cookies.get('sid')}` }, { headers: { 'x-hours': '1' } });
}

export async function POST({ request }) {
  return text(`Asked for ${(await request.formData()).get('for')}`);
}
