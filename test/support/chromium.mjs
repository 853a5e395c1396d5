// @ts-check
/**
 * The one place that knows where Chromium is: `CHROME_PATH`, else one on the PATH, else
 * Playwright's own download, else Debian's package. As a program it installs one where there is
 * none, and its shell where Debian has it, prints its path, and fails when none can be had.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';

/** What has no windows at all: a page opens in a third of the time. It knows no extensions. */
const shell = 'chromium-headless-shell';

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'chrome.exe',
];

/**
 * What every launch passes: no traffic of the browser's own, and plain TCP, so that a test sees
 * only what it did itself.
 */
export const launchArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Whether a file is a browser that starts: one without its shared libraries does not even tell its
 * version.
 *
 * @param {string} path
 */
function starts(path) {
  return (
    existsSync(path) &&
    statSync(path).isFile() &&
    spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 60_000 }).status === 0
  );
}

/** Where Playwright puts its own download; it throws on a platform that it has none for. */
function playwrightPath() {
  try {
    return chromium.executablePath();
  } catch {
    return '';
  }
}

/**
 * The path of a Chromium that is here, or `undefined`: the shell, unless a `whole` one is needed. A
 * `CHROME_PATH` that is no browser is an error: another one would not be what was asked for.
 *
 * @param {{ whole?: boolean }} [options]
 * @returns {string | undefined}
 */
export function findChromium({ whole = false } = {}) {
  const chosen = process.env['CHROME_PATH'];
  if (chosen) {
    if (!starts(chosen))
      throw new Error(`CHROME_PATH is ${chosen}, which is no browser that starts`);
    return chosen;
  }
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const wanted = whole ? names : [shell, ...names];
  const candidates = wanted.flatMap((name) => directories.map((folder) => join(folder, name)));
  return [...candidates, playwrightPath()].find(starts);
}

/**
 * Like {@link findChromium}, with a clear error where there is none.
 *
 * @param {{ whole?: boolean }} [options]
 */
export function requireChromium(options) {
  const path = findChromium(options);
  if (path === undefined)
    throw new Error(
      'There is no Chromium. Set CHROME_PATH, ' +
        'or run `node test/support/chromium.mjs`, which installs one.',
    );
  return path;
}

/**
 * @param {string} command
 * @param {string[]} parameters
 * @param {Record<string, string>} [environment]
 */
function run(command, parameters, environment) {
  console.error(`> ${command} ${parameters.join(' ')}`);
  const { status, error } = spawnSync(command, parameters, {
    stdio: ['ignore', 2, 2],
    timeout: 600_000,
    env: { ...process.env, ...environment },
  });
  if (error) console.error(error.message);
  return status === 0;
}

/** @param {string} name */
const installPackage = (name) =>
  run('apt-get', ['install', '--yes', '--no-install-recommends', name], {
    DEBIAN_FRONTEND: 'noninteractive',
  });

/** Installs one; each step is tried only when the one before gave no browser that starts. */
function install() {
  const cli = join(
    dirname(createRequire(import.meta.url).resolve('playwright/package.json')),
    'cli.js',
  );
  run(process.execPath, [cli, 'install', '--no-shell', 'chromium'], {
    PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '20000',
  });
  const downloaded = findChromium({ whole: true });
  if (downloaded !== undefined) return downloaded;
  if (process.getuid?.() !== 0)
    console.error("Not root: Debian's chromium package cannot be installed.");
  else if (run('apt-get', ['update'])) installPackage('chromium');
  return findChromium({ whole: true });
}

/** Beside Debian's package there is one of the shell; without it the tests take longer. */
function installShell() {
  const isDebians = findChromium({ whole: true }) === '/usr/bin/chromium';
  if (!isDebians || basename(findChromium() ?? '') === shell || process.getuid?.() !== 0) return;
  if (!installPackage(shell) && run('apt-get', ['update'])) installPackage(shell);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const whole = findChromium({ whole: true }) ?? install();
  if (whole === undefined) {
    console.error(
      '\nThe tests need a Chromium, and none was found or could be installed: neither ' +
        "CHROME_PATH, nor one on the PATH, nor Playwright's download,\nnor Debian's package " +
        '(needs root and apt-get). Install one and set CHROME_PATH to its executable.',
    );
    process.exit(1);
  }
  installShell();
  console.log(`Chromium: ${whole}; without windows: ${findChromium() ?? whole}`);
}
