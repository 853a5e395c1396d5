export { action } from './account';

export default function Login() {
  return null;
}
