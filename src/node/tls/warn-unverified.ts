let hasWarned = false;

/**
 * Says, once a process, that `tls.verify` is false. `origin`: where the first such connection goes.
 */
export function warnUnverified(origin: string): void {
  if (hasWarned) return;
  hasWarned = true;
  process.emitWarning(
    `tls.verify is false: the certificate of ${origin} is not verified, nor that of any other ` +
      'server called so. Anybody on the way can read and change what is sent: ' +
      'name whom to trust in tls.ca instead',
    { code: 'ISOSESSION_TLS_UNVERIFIED' },
  );
}
