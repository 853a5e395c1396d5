/**
 * The error codes of HTTP/2 that are sent or told apart (RFC 9113, section 7), under the names that
 * Node has for them: `node:http2` is not loaded before a connection speaks HTTP/2.
 */
export const NGHTTP2_NO_ERROR = 0x0;
export const NGHTTP2_INTERNAL_ERROR = 0x2;
export const NGHTTP2_REFUSED_STREAM = 0x7;
export const NGHTTP2_CANCEL = 0x8;
export const NGHTTP2_ENHANCE_YOUR_CALM = 0xb;
