/**
 * What the tests of TLS settings share: keys in the forms that a setting takes, and files of them.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidRequestError } from 'isosession';
import { expect, onTestFinished } from 'vitest';
import { readTls } from '../../../src/node/tls/read-tls.ts';

/** Opens `encrypted` and `pfx`. */
export const passphrase = 'open sesame';

/** The key of the identity `good`, encrypted with the passphrase. */
export const encrypted = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgSHMRSxn4j2AICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEJs+WaZyEjl6wvzRoOssw2oEgZCY
PuZJSJeHqMFpgFek7LrsRDsl3o0q0cTjqVX0vOWy9Y/tBqWcpsjQon0RiYBT2Zc5
rD8JkdLpRtSvhKSbbVc5JntzPll57/HOYMvBWoVD615p2MjGDFGp3vpqYvuce4Oa
yPmEzXW9JwOHB+0RnP7kmmjczyOLRrLGYlrqvxayx4bZPkOvbDPvET3M8PyUyHM=
-----END ENCRYPTED PRIVATE KEY-----
`;

/** Key and certificate of `good` as PKCS#12, with the same passphrase. */
export const pfx = new Uint8Array(
  Buffer.from(
    `
MIIELAIBAzCCA+IGCSqGSIb3DQEHAaCCA9MEggPPMIIDyzCCAoIGCSqGSIb3DQEHBqCCAnMwggJv
AgEAMIICaAYJKoZIhvcNAQcBMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiR8XeyyH0M
5wICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEA7zNYYqgdq1kNgdlMN540CAggIAM/qI
RU+zRl8pGJaA4hSAvhXkKythxyh5+2aKBp1dtgmRBuYScoYGfDY5qJjaWa7BXeEVgxv8QKIm/JSP
TmMXPELYhIbbrQaoyl+eudKsyfhubvHb6xFKAa/6hbQ4WlKJcBPjK5s1lcuYmz44PXE9dYkerPyl
nDP+YX8rmVpWaFATnUv3hNVAC0E/1GUUKR7W5OSyOKFBzkORNjM7Q9yGpKryynAJqmVwd4qFanGf
12ATUa0Xz3A77HQgnzfRuGdV/WbAht1TUWZjFf4JjoyeQub1G2By3lUvTpsIZzCP8zuKNyy5soED
RPIAxZ7Z6yP3Dkklsn8Qqs86EyPEMzUF5VxMIUDubcWWd1xPrgoOpRAJZeZzEodpDQ57/DE7fnol
xSFSVVCvJfy46tEGq45t78WhtHIZpNP7q6Pv0zy5m+eVUNZfB03ypJ9Ce8peKx8mzjoCSVBJk0xt
e2q7QB6ieUIV2q+GA8M8k1Tna0I+jCrxidXaUXCohyJk9Inx7LnZzEb0eWq1afNCsDhfnUgCPUsL
a6mKOb+9P48N8Ai3SjApOb17dMe7BhFEDE1V2ahHTRHarYrKAOpqyqrZBBm3j8iPES/9Awug59oD
wT7eoVCuMuCyhePJ/vSkYoZW05oR9qMnVqeNxIYcBLvSli3i1KJNmqj+7dGx2zbRGAowqNEwggFB
BgkqhkiG9w0BBwGgggEyBIIBLjCCASowggEmBgsqhkiG9w0BDAoBAqCB7zCB7DBXBgkqhkiG9w0B
BQ0wSjApBgkqhkiG9w0BBQwwHAQIpAQNSq9WSBkCAggAMAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUD
BAEqBBASmiCToJWqLaEfR0/+st4cBIGQNBDvjDMGYKU81M4UmrJZfl61wepB+uU2NyGgZnJYUhXZ
MMMb37rT/A/J4ejZ1G9UIhTvUC3fGSZd8zWyVd35QzkEbrc5oIrfS8vkCPVqdLELky/8knZOJImy
UkMtcU+Rsx37LEuzQXybkm0RASueVm4lXYXZq3WWniedNvxPccgdez3GmBBBv2O3IEEmvmd6MSUw
IwYJKoZIhvcNAQkVMRYEFO7TIKy3+6B6huLgv3eJA5kERgKmMEEwMTANBglghkgBZQMEAgEFAAQg
X61vk1Um/YLLYJ9wyYNWVZuRYjKYOK8GmGOsS9s61QIECJn62LEQHHIvAgIIAA==
`,
    'base64',
  ),
);

/** The error that reading the option gives. */
export function refusal(value: unknown): InvalidRequestError {
  try {
    readTls(value, 'tls');
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidRequestError);
    return error as InvalidRequestError;
  }
  throw new Error('It was accepted');
}

/** The path of a file that holds this. */
export function fileOf(content: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'isosession-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'file.pem');
  writeFileSync(path, content);
  return path;
}
