import { fork, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const pathOf = (file) => fileURLToPath(new URL(file, import.meta.url));

/** What would change what is measured: proxies, and flags that somebody set for other programs. */
function environment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_proxy$|^NODE_OPTIONS$|^NODE_USE_ENV_PROXY$/i.test(name)));
}

/** A child that is asked one thing at a time; `receive` hands its messages over, `send` gives it one. A child that ends rejects what was asked. */
class Helper {
  #child;
  #send;
  #waiting;
  #ended;

  constructor(name, child, send) {
    this.name = name;
    this.#child = child;
    this.#send = send;
    const fail = (why) => {
      this.#ended = new Error(`${name}: ${why}`);
      this.#waiting?.reject(this.#ended);
    };
    child.on('error', (error) => fail(error.message));
    child.on('exit', (code, signal) => fail(`its process ended with ${signal ?? `code ${code}`}`));
  }

  receive(message) {
    this.#waiting?.resolve(message);
    this.#waiting = undefined;
  }

  /** The next message of the child. */
  next() {
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => { this.#waiting = { resolve, reject }; });
  }

  ask(message) {
    const answer = this.next();
    if (!this.#ended) this.#send(message);
    return answer;
  }

  stop() {
    this.#child.removeAllListeners('exit');
    this.#child.kill();
  }
}

function forkHelper(name, file, args, execPath) {
  const child = fork(pathOf(file), args, { execPath, execArgv: [], env: environment(), stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const helper = new Helper(name, child, (message) => child.send(message));
  child.on('message', (message) => helper.receive(message));
  return helper;
}

/** The server always runs on the Node that runs the bench, so that two runs differ in their clients alone. */
export function startServer() {
  return forkHelper('server', './server.mjs', [], process.execPath);
}

export function startNodeClient(name, origin, execPath) {
  return forkHelper(name, './client-process.mjs', [name, origin], execPath);
}

/** Whether Python with requests is there. */
export function hasPythonRequests() {
  return spawnSync('python3', ['-c', 'import requests']).status === 0;
}

export function startPythonClient(name, origin) {
  const child = spawn('python3', [pathOf('./client-process.py'), origin], { env: environment(), stdio: ['pipe', 'pipe', 'inherit'] });
  const helper = new Helper(name, child, (message) => child.stdin.write(`${JSON.stringify(message)}\n`));
  createInterface({ input: child.stdout }).on('line', (line) => helper.receive(JSON.parse(line)));
  return helper;
}
