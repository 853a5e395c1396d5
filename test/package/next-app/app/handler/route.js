import { visitor } from '../../api.js';

export async function GET() {
  const session = await visitor();
  await session.post('login', { form: { user: 'ann' } }).text();
  return new Response(await session.get('seen').text());
}
