// @ts-check
/**
 * The one place that knows the real servers that tests run against, and where they are.
 * As a program it installs what is missing with apt when it is root on Debian; elsewhere it says what is missing, and the suites that need it are skipped.
 * With `REAL_SERVERS=required` in the environment nothing is skipped: what is missing is an error.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * What each needs: the Debian packages, and the programs and files by which one sees that they are there.
 * dante-server is not among them: it takes passwords of the system's users only.
 */
const servers = {
  squid: { packages: ['squid'], needs: ['squid', '/usr/lib/squid/basic_ncsa_auth', 'openssl'] },
  tinyproxy: { packages: ['tinyproxy-bin'], needs: ['tinyproxy'] },
  microsocks: { packages: ['microsocks'], needs: ['microsocks'] },
  nginx: { packages: ['nginx'], needs: ['nginx'] },
  httpbin: { packages: ['gunicorn', 'python3-httpbin'], needs: ['gunicorn', '/usr/lib/python3/dist-packages/httpbin'] },
  openssl: { packages: ['openssl'], needs: ['openssl'] },
};

/** @typedef {keyof typeof servers} ServerName */

const names = /** @type {ServerName[]} */ (Object.keys(servers));
const isRequired = process.env['REAL_SERVERS'] === 'required';

/**
 * The path of a program that is here, or `undefined`.
 *
 * @param {string} program
 */
function find(program) {
  // The PATH of a user who is not root may lack the folders of servers.
  const directories = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), '/usr/sbin', '/sbin'];
  return directories.map((directory) => join(directory, program)).find(existsSync);
}

/**
 * The path of a program that a server needs.
 *
 * @param {string} program
 */
export function requireProgram(program) {
  const path = find(program);
  if (path === undefined) throw new Error(`There is no ${program}. Run \`node test/support/real-servers.mjs\` as root on Debian, which installs it.`);
  return path;
}

/** @param {ServerName} name */
function lacks(name) {
  return servers[name].needs.filter((need) => (need.startsWith('/') ? !existsSync(need) : find(need) === undefined));
}

/** @param {ServerName} name */
function reasonFor(name) {
  const lacking = lacks(name);
  return lacking.length === 0 ? undefined : `${name} is not here: there is no ${lacking.join(', no ')} (Debian: ${servers[name].packages.join(', ')})`;
}

/**
 * Why a server cannot be had here, or `undefined`. An error instead where it is required.
 *
 * @param {ServerName} name
 * @returns {string | undefined}
 */
export function missing(name) {
  const reason = reasonFor(name);
  if (reason !== undefined && isRequired) throw new Error(reason);
  return reason;
}

/**
 * Runs a command, which is heard only when it fails.
 *
 * @param {string} command
 * @param {string[]} parameters
 */
function run(command, parameters) {
  console.error(`> ${command} ${parameters.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, error, stdout, stderr } = spawnSync(command, parameters, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', timeout: 600_000, env });
  if (status !== 0) console.error(error?.message ?? `${stdout}${stderr}`);
  return status === 0;
}

/**
 * Installs packages, but no service: the tests start what they need themselves, and the machine is not to serve anybody else.
 *
 * @param {string[]} packages
 */
function install(packages) {
  const policy = '/usr/sbin/policy-rc.d';
  const isOurs = !existsSync(policy);
  if (isOurs) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    if (!run('apt-get', ['-qq', 'update']) || !run('apt-get', ['-qq', '-o', 'Dpkg::Use-Pty=0', 'install', '--no-install-recommends', ...packages])) return;
  } finally {
    if (isOurs) rmSync(policy);
  }
  // The policy holds today; without this they would start with the machine.
  const services = packages.filter((name) => existsSync(`/lib/systemd/system/${name}.service`));
  if (existsSync('/run/systemd/system') && services.length > 0) run('systemctl', ['disable', ...services]);
}

// By its name: in a test's program, which is bundled into one file, every module is where the program is.
if (process.argv[1]?.endsWith('real-servers.mjs')) {
  const absent = names.filter((name) => lacks(name).length > 0);
  if (absent.length > 0 && process.getuid?.() === 0 && existsSync('/etc/debian_version')) install(absent.flatMap((name) => servers[name].packages));
  const reasons = names.map(reasonFor).filter((reason) => reason !== undefined);
  console.log(reasons.length === 0 ? 'Real servers: all here' : `Real servers: the tests that need these ${isRequired ? 'cannot run' : 'are skipped'}\n- ${reasons.join('\n- ')}`);
  if (isRequired && reasons.length > 0) process.exit(1);
}
