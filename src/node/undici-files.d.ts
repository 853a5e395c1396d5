declare module 'undici/lib/dispatcher/client.js' {
  const Client: unknown;
  export = Client;
}

declare module 'undici/lib/core/connect.js' {
  const buildConnector: unknown;
  export = buildConnector;
}
