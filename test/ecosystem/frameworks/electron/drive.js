/** Does what a user does: a window asks, the app quits. */
import { app, handlers } from 'electron';
import { byChromium } from './main.js';

const account = await handlers.get('account')();
const overNet = await byChromium.get(`${process.env.BACKEND}/account`).json();
app.emit('before-quit');
console.log(JSON.stringify([account, overNet]));
