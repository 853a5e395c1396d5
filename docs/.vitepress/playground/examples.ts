/** The examples of the playground, by their titles. */
export const examples: Readonly<Record<string, string>> = {
  'A login': `import { Session } from 'isosession';

const api = new Session({ baseUrl: 'https://api.example.com/' });
api.headers.set('accept-language', 'en');

await api.post('login', { form: { user: 'ann', password: 'pass' } });
console.log(await api.get('account').json());
console.log(await api.get('busy').json());
`,
  'A redirect to another origin': `import { Session, bearer } from 'isosession';

const api = new Session({ baseUrl: 'https://api.example.com/', auth: bearer('secret') });
const response = await api.get('elsewhere');
console.log(response.status, response.url, response.history.length);
`,
  Errors: `import { HTTPError, Session } from 'isosession';

const api = new Session({ baseUrl: 'https://api.example.com/' });
const response = await api.get('account');
console.log(response.status);

try {
  await api.get('account').json();
} catch (error) {
  console.log(error instanceof HTTPError, error.code, error.data);
}
`,
  Pages: `import { Session } from 'isosession';

const api = new Session({ baseUrl: 'https://api.example.com/' });
for await (const page of api.paginate('items')) console.log(await page.json());
`,
  'A middleware': `import { Session } from 'isosession';

const api = new Session({ baseUrl: 'https://api.example.com/', retry: 1 });
api.use((request, next) => {
  request.headers.set('x-request-id', '42');
  return next(request);
});
console.log(await api.get('busy').json());
`,
  'One request for equal calls': `import { Session } from 'isosession';
import { dedupe } from 'isosession/middleware';

const api = new Session({ baseUrl: 'https://api.example.com/' });
api.use(dedupe());
const [one, two] = await Promise.all([api.get('a').json(), api.get('a').json()]);
console.log(one, two);
`,
};
