/**
 * Natives of the Web part: HTTP, text, URLs, cryptography, timers, console. "view" below is an ArrayBuffer, a typed array or a DataView
 * (TypeError otherwise, or when detached); "bytes" a fresh Uint8Array. Strings are strings already: the library converts before it calls.
 */
import type { Intrinsic } from "./index.ts";

const n = (file: string, name: string, params: string, doc: string): Intrinsic => ({ name, file, params, doc });

export const webIntrinsics: readonly Intrinsic[] = [
  // HTTP. `h` is the integer given to HOOK_HTTP_REQUEST; it is dead once the response was completed or the peer left.
  n("webhttp", "httpAlive", "h", "boolean: the request still waits for (the rest of) its response"),
  n("webhttp", "httpMethod", "h", "method as sent; undefined when dead"),
  n("webhttp", "httpUrl", "h", "absolute URL: scheme and Host header (or the absolute-form target) and path; not yet normalised; undefined when dead"),
  n("webhttp", "httpTarget", "h", "the request target exactly as sent (\"/path?query\"); undefined when dead"),
  n("webhttp", "httpHeader", "h, lowerName", "value (several joined by \", \", cookie by \"; \"), null when absent, undefined when dead"),
  n("webhttp", "httpHeaders", "h", "flat array [lower-case name, value, ...] in order received; undefined when dead"),
  n("webhttp", "httpBodyLength", "h", "bytes of the decoded body; -1 when the request has no body framing, or is dead"),
  n("webhttp", "httpBody", "h", "the body as a fresh ArrayBuffer; undefined when dead"),
  n("webhttp", "httpBodyText", "h", "the body decoded as UTF-8 (BOM dropped, malformed -> U+FFFD); undefined when dead"),
  n("webhttp", "httpBodyJson", "h", "the value of the body decoded like that; SyntaxError as of jsonParseText; a hole when dead"),
  n("webhttp", "httpRespond", "h, status, statusText, flatHeaders, body",
    "answer at once. flatHeaders: array [name, value, ...] of strings, or null for none, or a string: the content-type alone. body: string (sent as UTF-8), view, or null. false when dead; TypeError on a header with CR, LF, NUL or a bad name"),
  n("webhttp", "httpAnswer", "h, response",
    "answer at once with a Response of the plain kind: status, content type or a list of fields, body a string, bytes or null; no timer may be pending. false with nothing done when it is another one, or dead; TypeError as httpRespond"),
  n("webhttp", "httpStart", "h, status, statusText, flatHeaders", "send the head of a streamed response (chunked unless flatHeaders has content-length); false when dead"),
  n("webhttp", "httpWrite", "h, chunk", "string or view; true: go on, false: output is queued, wait for HOOK_HTTP_WRITABLE; undefined when dead"),
  n("webhttp", "httpEnd", "h", "end of a streamed response"),
  n("webhttp", "httpAbort", "h", "break off: the connection is closed without a proper end (500 when nothing was sent yet)"),
  n("webhttp", "requestUrl", "", "method: the getter, of a received request whose URL was asked for already, or is that of the last one"),
  n("webhttp", "httpFlatEqual", "a, b", "boolean: same ASCII string without regard to case"),
  n("webhttp", "headerName", "name", "the lower-cased name when it is an HTTP token, else null"),
  n("webhttp", "headerValue", "value", "the value without leading and trailing HTTP whitespace, null when it holds NUL, CR, LF or a unit above 0xFF"),
  n("webhttp", "envPairs", "", "flat array [name, value, ...] of the host's ZS_ENV_* variables (prefix dropped)"),

  // Timers and clocks
  n("webtimer", "timerSet", "delayMs", "integer id of a one-shot timer; HOOK_TIMER(id) is called once when due"),
  n("webtimer", "timerClear", "id", "forget it; false when unknown"),
  n("webtimer", "timerCount", "", "number of pending timers"),
  n("webtimer", "performanceNow", "", "milliseconds since the process (or the restored image) began"),
  n("webtimer", "timeOrigin", "", "ms since the epoch at that moment"),

  // Console
  n("webtext", "consoleWrite", "level, text", "one record to the host: 0 debug, 1 info/log, 2 warn, 3 error, 4 an uncaught error"),
  n("webtext", "inspectQuote", "string", "quoted and escaped as Node's util.inspect does (', then \", then `)"),
  n("webtext", "inspectKey", "string", "true when the string is an identifier (/^[a-zA-Z_][a-zA-Z_0-9]*$/)"),
  n("webtext", "stringWidth", "string", "columns in a terminal: combining marks 0, East Asian wide and emoji 2"),
  n("webhtml", "htmlEscape", "string", "& < > \" ' replaced; the same string when there is none"),
  n("webhtml", "jsxTemplate", "text, ...values", "Html of a template (lib/web/jsx.ts) when its values are plain; as a native function only"),

  // Text
  n("webtext", "utf8Encode", "string", "bytes"),
  n("webtext", "utf8EncodeInto", "string, view", "array [units read, bytes written]"),
  n("webtext", "utf8Decode", "view, start, end, fatal", "string; malformed sequences -> U+FFFD as WHATWG says, or null when fatal. A BOM is not special here"),
  n("webtext", "utf8Incomplete", "view, start, end", "0-3: trailing bytes that are a proper prefix of one UTF-8 sequence"),
  n("webtext", "utf16Decode", "view, start, end, bigEndian, fatal", "string; an odd byte or lone surrogate -> U+FFFD, or null when fatal"),
  n("webtext", "singleByteDecode", "view, start, end, windows1252", "string; each byte a code point, or by the windows-1252 table"),
  n("webtext", "latin1Encode", "string", "bytes; null when a unit is above 0xFF"),
  n("webtext", "base64Encode", "view", "string"),
  n("webtext", "atob", "string", "binary string by forgiving-base64 decode; null when invalid"),
  n("webtext", "btoa", "string", "base64; null when a unit is above 0xFF"),
  n("webtext", "base64Decode", "string, urlSafe", "bytes by forgiving-base64 decode ('-' and '_' too when urlSafe); null when invalid"),
  n("webtext", "bytesIndexOf", "view, needle, from", "first index >= from of the needle view in the view, or -1"),
  n("webtext", "bytesConcat", "views", "array of views -> bytes; RangeError when too long"),
  n("webtext", "bytesSlice", "view, start, end", "bytes: a copy of that range, clamped"),
  n("webtext", "bytesEqual", "a, b", "constant-time comparison of two views; false when lengths differ"),

  // URL
  n("weburl", "urlParse", "input, baseHref", "WHATWG basic URL parser; baseHref a serialised URL or undefined. Array [href, 1 end of the scheme and colon, 2 start of the user name, 3 its end, 4 end of the password (with its colon), 5 start of the host, 6 its end, 7 end of the port (with its colon), 8 start of the path, 9 its end, 10 end of the query (with ?), 11 1 when there is a host, 12 1 when the path is opaque]: offsets in href, or null on failure"),
  n("weburl", "urlPathname", "", "method: the getter, of a URL"),
  n("weburl", "urlSearchParams", "", "method: the getter, of a URL that has its URLSearchParams already, or has no query"),
  n("weburl", "urlSetParams", "prototype", "once, at realm creation: the prototype of URLSearchParams"),
  n("weburl", "urlSet", "href, part, value", "the setter for part (0 href, 1 protocol, 2 username, 3 password, 4 host, 5 hostname, 6 port, 7 pathname, 8 search, 9 hash): array as urlParse; unchanged when the value is not accepted"),
  n("weburl", "formParse", "string", "application/x-www-form-urlencoded: flat array [name, value, ...]"),
  n("weburl", "formEncode", "string", "application/x-www-form-urlencoded byte serialisation of one name or value"),
  n("weburl", "percentDecode", "string", "bytes: UTF-8 of the string with %XX replaced"),

  // Connections that the handler opened. A handle is an int; one that is no longer live is "gone" to all of these.
  n("webnet", "netConnect", "authority", "begin to connect to host:port: a handle, or what the host says (negative)"),
  n("webnet", "netSend", "handle, view, from", "bytes taken from that offset on, -1 when none now, -2 when the peer is gone"),
  n("webnet", "netPause", "handle, on", "take no more input, or take it again"),
  n("webnet", "netIdle", "handle, on", "mark as kept for later; false when it should be closed instead"),
  n("webnet", "netClose", "handle", "close"),

  // Cryptography. alg: 0 SHA-1, 1 SHA-256, 2 SHA-384, 3 SHA-512. Results are ArrayBuffers.
  n("webcrypto", "randomFill", "view", "fill with secure random bytes; returns the view"),
  n("webcrypto", "randomUuid", "", "a version 4 UUID"),
  n("webcrypto", "sha", "alg, view", "digest"),
  n("webcrypto", "hmac", "alg, key, view", "HMAC (RFC 2104)"),
  n("webcrypto", "pbkdf2", "alg, password, salt, iterations, bytes", "PBKDF2 (RFC 8018)"),
  n("webcrypto", "hkdf", "alg, key, salt, info, bytes", "HKDF (RFC 5869); null when too long"),
  n("webcrypto", "aesGcm", "encrypt, key, iv, aad, view, tagBytes", "AES-GCM (SP 800-38D); the tag follows the ciphertext; null when authentication fails"),
  n("webcrypto", "aesCbc", "encrypt, key, iv, view", "AES-CBC with PKCS#7 padding; null when the padding is wrong"),
  n("webcrypto", "aesCtr", "key, counter, counterBits, view", "AES-CTR"),
  // P-256: private keys are 32 bytes, points 64 (x and y).
  n("webcrypto", "p256Public", "key", "the point of a private key; null when it is out of range"),
  n("webcrypto", "p256Agree", "key, point", "the private key times a point; null when either is invalid"),
  n("webcrypto", "p256Check", "point", "is it a point of the curve?"),
  n("webcrypto", "p256Sign", "key, digest", "ECDSA signature, 64 bytes; the key must be in range"),
  n("webcrypto", "p256Verify", "point, digest, signature", "does the ECDSA signature hold?"),
];
