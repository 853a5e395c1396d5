export { loader } from './account';
