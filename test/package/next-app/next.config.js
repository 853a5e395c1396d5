/** Of what it renders nothing is asked but the pages themselves. */
export default {
  typescript: { ignoreBuildErrors: true },
  devIndicators: false,
  // The packages of the tests are links that lead out of the app.
  turbopack: { root: '/' },
};
