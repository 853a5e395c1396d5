/** Bundles by Metro with React Native's own configuration: `node build.js <platform>`. */
import { join } from 'node:path';
import { getDefaultConfig, mergeConfig } from '@react-native/metro-config';
import { runBuild } from 'metro';

const [platform] = process.argv.slice(2);
const projectRoot = import.meta.dirname;
const packages = join(projectRoot, '..');
const config = mergeConfig(getDefaultConfig(projectRoot), {
  watchFolders: [packages],
  resolver: { nodeModulesPaths: [join(packages, 'node_modules')] },
  // The app sets up what it needs: the rest of React Native asks for a screen.
  serializer: { getModulesRunBeforeMainModule: () => [] },
  reporter: { update() {} },
});
await runBuild(config, {
  entry: 'index.js',
  platform,
  dev: false,
  minify: false,
  out: join(projectRoot, `bundle-${platform}.js`),
});
