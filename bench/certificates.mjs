import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Makes `cert.pem`, which signs itself and so is its own authority, and `key.pem`, for 127.0.0.1;
 * gives the temporary folder that has them.
 */
export function makeCertificates() {
  const folder = mkdtempSync(join(tmpdir(), 'isosession-bench-'));
  const options = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=127.0.0.1',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
  ];
  const { error, status, stderr } = spawnSync(
    'openssl',
    ['req', '-x509', ...options, '-keyout', 'key.pem', '-out', 'cert.pem'],
    { cwd: folder, encoding: 'utf8' },
  );
  if (error)
    throw new Error(
      'openssl makes the certificates of this bench, and cannot be run here: install it, by apt install openssl or the like',
      { cause: error },
    );
  if (status !== 0) throw new Error(`openssl could not make the certificates:\n${stderr}`);
  return folder;
}
