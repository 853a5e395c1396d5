import { route } from '@react-router/dev/routes';

export default [
  route('account', 'routes/account.tsx'),
  route('login', 'routes/login.jsx'),
  route('api/account', 'routes/data.js'),
];
