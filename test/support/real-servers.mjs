// @ts-check
/**
 * The one place that knows the real servers that tests run against, and where they are. As a
 * program it installs what is missing with apt when it is root on Debian; elsewhere it says what is
 * missing, and the suites that need it are skipped. With `REAL_SERVERS=required` in the environment
 * nothing is skipped: what is missing is an error.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { findProgram, installPackages } from './debian.mjs';

/**
 * What each needs: the Debian packages, and the programs and files by which one sees that they are
 * there. dante-server is not among them: it takes passwords of the system's users only.
 */
const servers = {
  squid: { packages: ['squid'], needs: ['squid', '/usr/lib/squid/basic_ncsa_auth', 'openssl'] },
  tinyproxy: { packages: ['tinyproxy-bin'], needs: ['tinyproxy'] },
  microsocks: { packages: ['microsocks'], needs: ['microsocks'] },
  nginx: { packages: ['nginx'], needs: ['nginx'] },
  httpbin: {
    packages: ['gunicorn', 'python3-httpbin'],
    needs: ['gunicorn', '/usr/lib/python3/dist-packages/httpbin'],
  },
  apache: {
    packages: ['apache2-bin'],
    needs: ['apache2', '/usr/lib/apache2/modules/mod_auth_digest.so'],
  },
  django: {
    packages: ['gunicorn', 'python3-django'],
    needs: ['gunicorn', '/usr/lib/python3/dist-packages/django'],
  },
  curl: { packages: ['curl'], needs: ['curl'] },
  redis: { packages: ['redis-server'], needs: ['redis-server'] },
  wget: { packages: ['wget'], needs: ['wget'] },
  'yt-dlp': { packages: ['yt-dlp'], needs: ['yt-dlp'] },
  python: { packages: ['python3'], needs: ['python3'] },
  openssl: { packages: ['openssl'], needs: ['openssl'] },
};

/** @typedef {keyof typeof servers} ServerName */

const names = /** @type {ServerName[]} */ (Object.keys(servers));
const isRequired = process.env['REAL_SERVERS'] === 'required';

/**
 * The path of a program that a server needs.
 *
 * @param {string} program
 */
export function requireProgram(program) {
  const path = findProgram(program);
  if (path === undefined)
    throw new Error(
      `There is no ${program}. ` +
        'Run `node test/support/real-servers.mjs` as root on Debian, which installs it.',
    );
  return path;
}

/** @param {ServerName} name */
function lacks(name) {
  return servers[name].needs.filter((need) =>
    need.startsWith('/') ? !existsSync(need) : findProgram(need) === undefined,
  );
}

/** @param {ServerName} name */
function reasonFor(name) {
  const lacking = lacks(name);
  if (lacking.length === 0) return undefined;
  const packages = servers[name].packages.join(', ');
  return `${name} is not here: there is no ${lacking.join(', no ')} (Debian: ${packages})`;
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

// By its name: in a test's program, which is bundled into one file, every module is where the
// program is.
if (process.argv[1]?.endsWith('real-servers.mjs')) {
  installPackages(
    names.filter((name) => lacks(name).length > 0).flatMap((name) => servers[name].packages),
  );
  const reasons = names.map(reasonFor).filter((reason) => reason !== undefined);
  const fate = isRequired ? 'cannot run' : 'are skipped';
  console.log(
    reasons.length === 0
      ? 'Real servers: all here'
      : [`Real servers: the tests that need these ${fate}`, ...reasons].join('\n- '),
  );
  if (isRequired && reasons.length > 0) process.exit(1);
}
