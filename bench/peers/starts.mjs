/** The starts of the clients that come from npm; what a start is, `../starts.mjs` says. */
export const starts = {
  ky: async () => {
    const { default: ky } = await import('ky');
    return (url) => ky.get(url).json();
  },

  ofetch: async () => {
    const { ofetch } = await import('ofetch');
    return (url) => ofetch(url);
  },

  got: async () => {
    const { default: got } = await import('got');
    return (url) => got(url).json();
  },

  axios: async () => {
    const { default: axios } = await import('axios');
    return async (url) => (await axios.get(url)).data;
  },
};
