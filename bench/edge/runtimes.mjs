/**
 * Starts clients in the runtimes. Each is as `startProcess` gives one: `ask({ calls })` resolves to
 * a measurement, times in ms, `cpu` that of the whole process; `end()`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { chromium } from 'playwright';
import { executable, installRuntimes } from '../../test/edge/runtimes.mjs';
import { launchArguments, requireChromium } from '../../test/support/chromium.mjs';
import { startProcess } from '../compare.mjs';
import { runIn } from '../run-calls.mjs';

/** `what`: the name of the client of `clients.mjs`, where `name` is that of the tables. */
async function startDeno({ name, what, file, origin }) {
  return startProcess(name, file, [what, origin], {
    execPath: executable('deno').path,
    execArgv: ['run', '--no-prompt', '--no-config', '--allow-all'],
  });
}

async function startBun({ name, what, file, origin }) {
  return startProcess(name, file, [what, origin], {
    execPath: executable('bun').path,
    execArgv: ['run', '--no-install'],
  });
}

/** ms of CPU time that a process has taken, by Linux: user and system, in hundredths of a second. */
function cpuOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The port, which workerd writes to its control channel once it listens. */
async function portOf(control) {
  let text = '';
  for await (const chunk of control.setEncoding('utf8')) {
    text += chunk;
    const [, port] = /"event":"listen".*"port":(\d+)/.exec(text) ?? [];
    if (port) return port;
  }
  throw new Error('workerd ended before it listened');
}

async function startWorkerd({ name, what, file, origin }) {
  const { path, version } = executable('workerd');
  const [date] = /\d{4}-\d\d-\d\d/.exec(version);
  writeFileSync(
    `${file}.capnp`,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "loopback", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.mjs")],
  compatibilityDate = "${date}",
  globalOutbound = "loopback"
);
`,
  );
  const child = spawn(path, ['serve', `${file}.capnp`, '--control-fd=3'], {
    cwd: dirname(file),
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const url = `http://127.0.0.1:${await portOf(child.stdio[3])}/`;
  const run = async (calls) => {
    const query = new URLSearchParams({ client: what, origin, ...calls });
    return (await fetch(`${url}?${query}`)).json();
  };
  return {
    name,
    async end() {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
    async ask({ calls: { concurrency, duration } }) {
      await run({ concurrency, duration: runIn });
      const before = cpuOf(child.pid);
      const start = performance.now();
      const calls = await run({ concurrency, duration });
      return { calls, wall: performance.now() - start, cpu: cpuOf(child.pid) - before };
    },
  };
}

async function startChromium({ name, what, file, origin }) {
  const browser = await chromium.launch({
    executablePath: requireChromium(),
    args: launchArguments,
  });
  const page = await browser.newPage();
  await page.goto(origin);
  await page.addScriptTag({ path: file });
  const protocol = await page.context().newCDPSession(page);
  await protocol.send('Performance.enable', { timeDomain: 'threadTicks' });
  /** ms of CPU time of the renderer's process. */
  const cpu = async () => {
    const { metrics } = await protocol.send('Performance.getMetrics');
    return metrics.find((metric) => metric.name === 'ProcessTime').value * 1000;
  };
  const run = (plan) => page.evaluate(([client, calls]) => runCalls(client, calls), [what, plan]);
  return {
    name,
    end: () => browser.close(),
    async ask({ calls: { concurrency, duration } }) {
      await run({ concurrency, duration: runIn });
      const before = await cpu();
      const { calls, wall } = await run({ concurrency, duration });
      return { calls, wall, cpu: (await cpu()) - before };
    },
  };
}

/** By name: the program of this folder that runs there, and how a client is started. */
export const runtimes = {
  deno: { title: 'Deno', program: 'process', start: startDeno },
  bun: { title: 'Bun', program: 'process', start: startBun },
  workerd: { title: 'workerd', program: 'worker', start: startWorkerd },
  chromium: {
    title: 'Chromium, over a fetch that asks nobody',
    program: 'page',
    start: startChromium,
  },
};

/** Installs what is missing; the names of those that can be measured here. */
export function prepareRuntimes(wanted) {
  if (wanted.some((name) => name !== 'chromium')) installRuntimes();
  return wanted.filter((name) => {
    if (!(name in runtimes)) throw new Error(`There is no runtime named ${name}`);
    if (name !== 'workerd' || existsSync('/proc/self/stat')) return true;
    console.log('Without workerd: its CPU time is read from /proc, which is not here.');
    return false;
  });
}
