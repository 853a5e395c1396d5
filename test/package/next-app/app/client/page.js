import { Part } from './part.js';

export { Part as default };
