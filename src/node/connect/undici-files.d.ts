declare module 'undici/lib/dispatcher/client.js' {
  const Client: unknown;
  export = Client;
}

declare module 'undici/lib/core/connect.js' {
  const buildConnector: unknown;
  export = buildConnector;
}

declare module 'undici/lib/core/socks5-client.js' {
  const socks: unknown;
  export = socks;
}
