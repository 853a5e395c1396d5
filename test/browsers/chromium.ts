import { type Browser, chromium } from 'playwright';
import { findChromium, launchArguments } from '../support/chromium.mjs';

/** A Chromium without a window: the one that is installed, else Playwright's own. */
export function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  return chromium.launch({ args: launchArguments, ...(executablePath && { executablePath }) });
}
