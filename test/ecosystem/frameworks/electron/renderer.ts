import { Session, SessionError } from 'isosession';

/** As Electron loads it by `loadFile`: the page's own origin is none. */
const origin = new URLSearchParams(location.search).get('api') ?? '';
const api = new Session({ baseUrl: origin });
const codes = ['data.json', './data.json'].map((path) =>
  new Session().get(path).then(
    () => 'no error',
    (error: unknown) => SessionError.is(error) && error.code,
  ),
);
document.title = JSON.stringify([await api.get('account').json(), ...(await Promise.all(codes))]);
