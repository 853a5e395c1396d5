// @ts-check
/**
 * Programs of Debian's packages: where they are, and how those are installed.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The path of a program that is here, or `undefined`.
 *
 * @param {string} program
 */
export function findProgram(program) {
  // The PATH of a user who is not root may lack the folders of servers.
  const directories = [
    ...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean),
    '/usr/sbin',
    '/sbin',
  ];
  return directories.map((directory) => join(directory, program)).find(existsSync);
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
  const { status, error, stdout, stderr } = spawnSync(command, parameters, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: 600_000,
    env,
  });
  if (status !== 0) console.error(error?.message ?? `${stdout}${stderr}`);
  return status === 0;
}

/**
 * Installs packages where that can be done, which is as root on Debian; but no service: the tests
 * start what they need themselves, and the machine is not to serve anybody else.
 *
 * @param {string[]} packages
 */
export function installPackages(packages) {
  if (packages.length === 0 || process.getuid?.() !== 0 || !existsSync('/etc/debian_version'))
    return;
  const policy = '/usr/sbin/policy-rc.d';
  const isOurs = !existsSync(policy);
  if (isOurs) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    if (
      !run('apt-get', ['-qq', 'update']) ||
      !run('apt-get', [
        '-qq',
        '-o',
        'Dpkg::Use-Pty=0',
        'install',
        '--no-install-recommends',
        ...packages,
      ])
    )
      return;
  } finally {
    if (isOurs) rmSync(policy);
  }
  // The policy holds today; without this they would start with the machine.
  const services = packages.filter((name) => existsSync(`/lib/systemd/system/${name}.service`));
  if (existsSync('/run/systemd/system') && services.length > 0)
    run('systemctl', ['disable', ...services]);
}
