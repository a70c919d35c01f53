import assert from "node:assert/strict";
import { createCipheriv, createHash, createHmac, hkdfSync, pbkdf2Sync, randomBytes } from "node:crypto";
import { before, beforeEach, test } from "node:test";
import { inspect } from "node:util";
import { Natives, randomSource } from "./natives-harness.ts";

let natives: Natives;
before(async () => {
  natives = await Natives.compile();
});
beforeEach(() => natives.reset());

// ---------------------------------------------------------------- URL

interface Parts {
  href: string;
  protocol: string;
  username: string;
  password: string;
  hostname: string;
  port: string;
  pathname: string;
  search: string;
  hash: string;
}

function partsOf(list: unknown): Parts | null {
  if (list === null) return null;
  const [href, ...n] = list as [string, ...number[]];
  const at = (from: number, to: number) => href.slice(n[from - 1], n[to - 1]);
  const search = at(9, 10);
  const hash = href.slice(n[9]);
  return {
    href,
    protocol: href.slice(0, n[0]),
    username: at(2, 3),
    password: at(3, 4).slice(1),
    hostname: at(5, 6),
    port: at(6, 7).slice(1),
    pathname: at(8, 9),
    search: search.length <= 1 ? "" : search,
    hash: hash.length <= 1 ? "" : hash,
  };
}
function nodeParts(url: URL | null): Parts | null {
  if (url === null) return null;
  const { href, protocol, username, password, hostname, port, pathname, search, hash } = url;
  return { href, protocol, username, password, hostname, port, pathname, search, hash };
}
const parse = (input: string, base?: string): Parts | null => {
  if (base === undefined) return partsOf(natives.call("urlParse", input, undefined));
  const parsed = natives.call("urlParse", base, undefined) as [string] | null;
  return parsed === null ? null : partsOf(natives.call("urlParse", input, parsed[0]));
};

const inputs = [
  "http://example.com",
  "HTTP://EXAMPLE.com:80/a/../b/./c?d#e",
  "https://user:pa%20ss@host:8443/p?q=1#f",
  "http://user@/x",
  "http://@/x",
  "http://a:b@c:d@e/",
  "http:example.com",
  "http:/example.com",
  "http:///example.com",
  "http://a b/",
  "http://a%20b/",
  "http://[::1]:3000/",
  "http://[::ffff:1.2.3.4]/",
  "http://[1:2:3:4:5:6:7:8]/",
  "http://[1::8]/",
  "http://[::]/",
  "http://[1:2:0:0:5:0:0:0]/",
  "http://[12345::]/",
  "http://[::1",
  "http://[1:2]/",
  "http://[::1.2.3]/",
  "http://[1:2:3:4:5:6:7:8:9]/",
  "http://[0:0:1::]/",
  "http://1.2.3.4/",
  "http://1.2.3/",
  "http://256/",
  "http://0x7f.1/",
  "http://0300.1.2.3/",
  "http://1.2.3.256/",
  "http://4294967296/",
  "http://4294967295/",
  "http://1.2.3.4.5/",
  "http://1.2.3.08/",
  "http://a.1/",
  "http://a.0x/",
  "http://1..2/",
  "http://1.2.3.4./",
  "http://0x/",
  "http://0xg/",
  "http://09/",
  "http://h:65535/",
  "http://h:65536/",
  "http://h:/",
  "http://h:0/",
  "http://h:00080/",
  "http://h:8a/",
  "http://:80/",
  "https://h:443/",
  "ftp://h:21/",
  "ws://h:80",
  "wss://h:443/x",
  "http://h:80:90/",
  "file:///C:/a/../..",
  "file://localhost/a",
  "file:c:\\a\\b",
  "file:///c|/x",
  "file://c:/x",
  "file:/a/b",
  "file:a",
  "file:",
  "file://host/C:/",
  "file:///..//a",
  "file://h/../C|/..",
  "file:///C:/../D:/..",
  "mailto:a@b.c",
  "data:text/plain,hello world?x#y z",
  "javascript:alert(1)",
  "blob:https://a.b/c",
  "about:blank",
  "urn:isbn:1 ",
  "a:b c  ?d",
  "a:b c #d",
  "a: ",
  "foo://host/path",
  "foo://HOST:99/a/../b",
  "foo:///a",
  "foo://",
  "foo:/a/..//b",
  "foo:/..//a",
  "foo:/.//a",
  "foo://h a/",
  "foo://h%zz/",
  "foo://a^b",
  "foo://[::1]/",
  "foo://h:x/",
  "foo://u:p@h:1/?q#f",
  "foo://u@",
  "foo:a/../b",
  "web+x://a/b?c",
  "http://h/\\a\\b",
  "http:\\\\h\\a",
  "http://h/a%2e%2E/b/%2e./c",
  "http://h/a/..",
  "http://h/a/.",
  "http://h/a//../b",
  'http://h/ "<>`{}^|é😀\ud800',
  "http://h/?a b\"'<>#`x",
  'http://h/#a b"<>`',
  "http://h/?é\ud800",
  "foo:/?'",
  "http://u é:p:@h/",
  "http://h/%",
  "http://h/%zz%41",
  " \u0000 http://h/ \t",
  "ht\ntp://h\t/a\r\nb",
  "http://h\u00ad.com/",
  "http://exämple.com/",
  "http://ＡＢＣ.com/",
  "http://a。b/",
  "http://xn--e1afmkfd/",
  "http://faß.de/",
  "http://日本語.jp/",
  "http://%C3%A4.de/",
  "http://%ff/",
  "http://a%00b/",
  "http://a\u0000b/",
  "http://a_b.c/",
  "http://a..b/",
  "http://.a/",
  "http://a.",
  "http://-a-/",
  "http://☕.us/",
  "",
  "/",
  "a",
  "//",
  "///",
  "?",
  "#",
  "..",
  "../..",
  "//h/x",
  "/a/b",
  "a/b?c#d",
  "?q",
  "#f",
  "http:",
  "http:x",
  "http:/x",
  "https:x",
  "\\x",
  "\\\\h\\x",
  "./a:b",
  ":",
  "::",
  "1http://a",
  "a1+.-://b",
  "C|/x",
  "C:",
  "/C|/x",
  "//C:/x",
  "?#",
  "x y",
  "%41",
  "@",
  "//@",
  "//:80",
  "http:?q",
  "http:#f",
  "x:",
  "x:/",
  "x://",
  "//u:p@h:81/..",
  " ",
  "\t",
];
const bases = [
  undefined,
  "http://base.org/dir/file?bq#bf",
  "https://u:p@base.org:8443/a/b/",
  "file:///C:/dir/file",
  "file://host/a/b",
  "foo://h/a/b?q",
  "foo:/a/b",
  "mailto:x",
  "foo:",
  "http://b/",
  "not a url",
  "file:///a",
];

function compareUrl(input: string, base: string | undefined): void {
  assert.deepEqual(parse(input, base), nodeParts(URL.parse(input, base)), `${JSON.stringify(input)} against ${base}`);
}

test("URL: parts equal Node's for every input against every base", () => {
  for (const base of bases) for (const input of inputs) compareUrl(input, base);
});

test("URL: random mixtures of delimiters equal Node's", () => {
  const random = randomSource(11);
  const atoms = [
    "http:",
    "https:",
    "file:",
    "foo:",
    "//",
    "/",
    "\\",
    "?",
    "#",
    "@",
    ":",
    "a",
    "b.c",
    "..",
    ".",
    "%2e",
    "%41",
    "1",
    "0x1",
    "[::1]",
    "C:",
    "C|",
    " ",
    "é",
    "😀",
    "80",
    "'",
    '"',
    "|",
    "^",
    "\t",
    "localhost",
    "&=",
    "%",
  ];
  for (let i = 0; i < 30000; i++) {
    let text = "";
    for (let k = random(9); k >= 0; k--) text += atoms[random(atoms.length)];
    if (i % 500 === 0) natives.reset();
    compareUrl(text, random(2) === 0 ? undefined : bases[random(bases.length)]);
  }
});

test("URL: setters equal Node's", () => {
  const random = randomSource(12);
  const names = ["href", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"] as const;
  const urls = inputs.filter((u) => URL.canParse(u));
  const values = [
    "",
    "x",
    "a:b",
    "h:81",
    "h:81x",
    "[::1]:5",
    "1.2",
    "http",
    "https:",
    "file",
    "foo",
    "80",
    "443",
    "65536",
    "8 0",
    "x80",
    "/p/../q",
    "..",
    "a b?c#d",
    "?q r'",
    "#f g",
    "é",
    "u@v",
    "//w",
    "C|",
    "\\z",
    "localhost",
    ":",
    "@",
    "/",
    "a/b",
    "a?b",
    "\t8\n0",
    "%zz",
    "x:y:z",
    " ",
    "//",
  ];
  for (let i = 0; i < 30000; i++) {
    const href = urls[random(urls.length)]!;
    const part = random(names.length);
    const value = values[random(values.length)]!;
    const url = new URL(href);
    let expected: Parts | null;
    try {
      url[names[part]!] = value;
      expected = nodeParts(url);
    } catch {
      expected = null;
    }
    if (i % 500 === 0) natives.reset();
    assert.deepEqual(partsOf(natives.call("urlSet", new URL(href).href, part, value)), expected, `${href} ${names[part]} = ${JSON.stringify(value)}`);
  }
});

/** The standard's parser; Node's own mistakes non-ASCII text beside a malformed escape. */
function formPairs(text: string): string[] {
  const decode = (part: string) => {
    const bytes = Buffer.from(part.replaceAll("+", " "), "utf8");
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      Buffer.from(
        bytes.toString("latin1").replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
        "latin1",
      ),
    );
  };
  return text
    .split("&")
    .filter((pair) => pair !== "")
    .flatMap((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [decode(pair), ""] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
    });
}

test("form encoding equals URLSearchParams'", () => {
  const random = randomSource(13);
  const atoms = ["a", "=", "&", "+", "%20", "%zz", "%C3%A9", "%ff", "é", " ", "*", "~", "'", "😀", ";", "%2B", "!", "(", ""];
  for (let i = 0; i < 5000; i++) {
    let text = "";
    for (let k = random(12); k >= 0; k--) text += atoms[random(atoms.length)];
    assert.deepEqual(natives.call("formParse", text), formPairs(text), text);
    assert.equal(natives.call("formEncode", text), new URLSearchParams([[text, ""]]).toString().slice(0, -1), text);
  }
});

// ---------------------------------------------------------------- Text

function randomText(random: (n: number) => number, length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) {
    const kind = random(6);
    text += String.fromCharCode(
      kind < 2 ? 32 + random(95) : kind === 2 ? random(256) : kind === 3 ? random(0x3000) : kind === 4 ? 0xd800 + random(2048) : random(65536),
    );
    if (kind === 5) text += String.fromCodePoint(0x10000 + random(0x100000));
  }
  return text;
}

test("UTF-8 encoding and decoding equal Node's", () => {
  const random = randomSource(14);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (let i = 0; i < 4000; i++) {
    const text = randomText(random, random(30));
    const bytes = new TextEncoder().encode(text);
    assert.deepEqual(natives.call("utf8Encode", text), bytes);
    const into = new Uint8Array(random(40));
    const { read, written } = new TextEncoder().encodeInto(text, into);
    assert.deepEqual(natives.call("utf8EncodeInto", text, into), [read, written]);
    const broken = new Uint8Array(random(12)).map(() => [0x41, 0x80, 0xbf, 0xc2, 0xe0, 0xa0, 0xed, 0xf0, 0x90, 0xf4, 0xef, 0xff][random(12)]!);
    assert.equal(natives.call("utf8Decode", broken, 0, broken.length, false), decoder.decode(broken));
    let expected: string | null = null;
    try {
      expected = strict.decode(broken);
    } catch {}
    assert.equal(natives.call("utf8Decode", broken, 0, broken.length, true), expected);
    // A stream cut anywhere gives the same text.
    const cut = random(broken.length + 1);
    const keep = natives.call("utf8Incomplete", broken, 0, cut) as number;
    const first = natives.call("utf8Decode", broken, 0, cut - keep, false) as string;
    assert.equal(first + (natives.call("utf8Decode", broken, cut - keep, broken.length, false) as string), decoder.decode(broken), `${broken} cut at ${cut}`);
    if (i % 500 === 0) natives.reset();
  }
});

test("UTF-16 and windows-1252 decoding equal Node's", () => {
  const random = randomSource(15);
  for (let i = 0; i < 2000; i++) {
    const bytes = new Uint8Array(random(14)).map((_, k) => (k % 2 === 1 ? [0, 0xd8, 0xdc, 0x20, 0xdb][random(5)]! : random(256)));
    assert.equal(natives.call("utf16Decode", bytes, 0, bytes.length, false, false), new TextDecoder("utf-16le", { ignoreBOM: true }).decode(bytes));
  }
  const all = new Uint8Array(256).map((_, i) => i);
  assert.equal(natives.call("singleByteDecode", all, 0, 256, true), new TextDecoder("windows-1252").decode(all));
  assert.equal(natives.call("singleByteDecode", all, 0, 256, false), Buffer.from(all).toString("latin1"));
});

test("base64 equals Node's", () => {
  const random = randomSource(16);
  for (let n = 0; n < 100; n++) {
    const bytes = new Uint8Array(randomBytes(n));
    assert.equal(natives.call("base64Encode", bytes), Buffer.from(bytes).toString("base64"));
    assert.deepEqual(natives.call("base64Decode", Buffer.from(bytes).toString("base64url"), true), bytes);
  }
  for (let i = 0; i < 5000; i++) {
    let text = "";
    for (let k = random(9); k > 0; k--) text += ["A", "b", "9", "+", "/", "=", " ", "\n", "-", "é", "Q", "w"][random(12)];
    let decoded: string | null = null;
    try {
      decoded = atob(text);
    } catch {}
    assert.equal(natives.call("atob", text), decoded, JSON.stringify(text));
    let encoded: string | null = null;
    try {
      encoded = btoa(text);
    } catch {}
    assert.equal(natives.call("btoa", text), encoded);
  }
  assert.equal(natives.call("btoa", "€"), null);
});

test("quoting equals util.inspect's", () => {
  const random = randomSource(17);
  for (let i = 0; i < 5000; i++) {
    let text = "";
    for (let k = random(10); k > 0; k--)
      text += ["'", '"', "`", "${", "\\", "\n", "\t", "a", "\x7f", "\x85", "\0", "😀", "\ud800", "\udc00", "é", "\x1b"][random(16)];
    assert.equal(natives.call("inspectQuote", text), inspect(text, { breakLength: Infinity }), JSON.stringify(text));
  }
});

test("widths, escapes, names", () => {
  assert.equal(natives.call("stringWidth", "aé日本😀\u0301\x1b"), 1 + 1 + 4 + 2);
  assert.equal(natives.call("htmlEscape", `<a href="x">'&'</a>`), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  assert.equal(natives.call("htmlEscape", "é日"), "é日");
  assert.equal(natives.call("inspectKey", "a_1"), true);
  assert.equal(natives.call("inspectKey", "1a"), false);
  assert.equal(natives.call("headerName", "Content-Type"), "content-type");
  for (const bad of ["", "a b", "a:", "é", "a\n", "日"]) assert.equal(natives.call("headerName", bad), null, bad);
  assert.equal(natives.call("headerValue", " \t a b \r\n"), "a b");
  for (const bad of ["a\nb", "a\rb", "a\0", "日"]) assert.equal(natives.call("headerValue", bad), null, bad);
  assert.deepEqual(natives.call("bytesConcat", [Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3)]), Uint8Array.of(1, 2, 3));
  assert.equal(natives.call("bytesIndexOf", Uint8Array.of(1, 1, 2), Uint8Array.of(1, 2), 0), 1);
  assert.equal(natives.call("bytesIndexOf", Uint8Array.of(1), Uint8Array.of(1, 2), 0), -1);
  assert.equal(natives.call("bytesEqual", Uint8Array.of(1, 2), Uint8Array.of(1, 2)), true);
  assert.equal(natives.call("bytesEqual", Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false);
});

// ---------------------------------------------------------------- Cryptography

const hashes = ["sha1", "sha256", "sha384", "sha512"];

test("digests, HMAC, HKDF and PBKDF2 equal Node's", () => {
  for (let n = 0; n < 300; n += n < 140 ? 1 : 37) {
    const data = new Uint8Array(randomBytes(n));
    const key = new Uint8Array(randomBytes((n * 7) % 200));
    hashes.forEach((hash, i) => {
      assert.deepEqual(natives.call("sha", i, data), new Uint8Array(createHash(hash).update(data).digest()), `${hash} of ${n}`);
      assert.deepEqual(natives.call("hmac", i, key, data), new Uint8Array(createHmac(hash, key).update(data).digest()), `HMAC ${hash} of ${n}`);
    });
  }
  hashes.forEach((hash, i) => {
    const [password, salt, info] = [randomBytes(20), randomBytes(9), randomBytes(5)].map((b) => new Uint8Array(b)) as [Uint8Array, Uint8Array, Uint8Array];
    for (const bytes of [0, 1, 20, 64, 130]) {
      assert.deepEqual(natives.call("pbkdf2", i, password, salt, 3, bytes), new Uint8Array(bytes === 0 ? [] : pbkdf2Sync(password, salt, 3, bytes, hash)));
      assert.deepEqual(natives.call("hkdf", i, password, salt, info, bytes), new Uint8Array(bytes === 0 ? [] : hkdfSync(hash, password, salt, info, bytes)));
    }
    assert.equal(natives.call("hkdf", i, password, salt, info, 255 * 64 + 1), null);
  });
});

test("AES in its modes equals Node's, and tampering is seen", () => {
  for (const bytes of [16, 24, 32]) {
    for (const n of [0, 1, 15, 16, 17, 64, 100]) {
      const [key, iv, data, aad] = [bytes, 16, n, n % 21].map((k) => new Uint8Array(randomBytes(k))) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
      const cbc = createCipheriv(`aes-${bytes * 8}-cbc`, key, iv);
      const encrypted = new Uint8Array(Buffer.concat([cbc.update(data), cbc.final()]));
      assert.deepEqual(natives.call("aesCbc", true, key, iv, data), encrypted);
      assert.deepEqual(natives.call("aesCbc", false, key, iv, encrypted), data);
      const counter = iv.slice().fill(0xff, 8);
      const ctr = createCipheriv(`aes-${bytes * 8}-ctr`, key, counter);
      assert.deepEqual(natives.call("aesCtr", key, counter, 128, data), new Uint8Array(Buffer.concat([ctr.update(data), ctr.final()])));
      for (const ivBytes of [12, 8, 40]) {
        const nonce = new Uint8Array(randomBytes(ivBytes));
        const gcm = createCipheriv(`aes-${bytes * 8}-gcm` as "aes-128-gcm", key, nonce);
        gcm.setAAD(aad);
        const sealed = new Uint8Array(Buffer.concat([gcm.update(data), gcm.final(), gcm.getAuthTag()]));
        assert.deepEqual(natives.call("aesGcm", true, key, nonce, aad, data, 16), sealed);
        assert.deepEqual(natives.call("aesGcm", false, key, nonce, aad, sealed, 16), data);
        const tampered = sealed.slice();
        tampered[n % tampered.length]! ^= 1;
        assert.equal(natives.call("aesGcm", false, key, nonce, aad, tampered, 16), null);
      }
    }
  }
  assert.equal(natives.call("aesCbc", false, new Uint8Array(16), new Uint8Array(16), new Uint8Array(15)), null);
  assert.equal(natives.call("aesGcm", false, new Uint8Array(16), new Uint8Array(12), new Uint8Array(), new Uint8Array(15), 16), null);
});

test("random values and UUIDs", () => {
  natives.random = (bytes) => {
    bytes.fill(0xff);
  };
  assert.equal(natives.call("randomUuid"), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  assert.deepEqual(natives.call("randomFill", new Uint8Array(4)), Uint8Array.of(255, 255, 255, 255));
});

// ---------------------------------------------------------------- Timers

test("timers come in order of time, then of setting; cleared ones never; images keep what is left", () => {
  const take = () => natives.fn("timersTake")(natives.clock) as number;
  natives.clock = 1_000_000_000n;
  const ids = [5, 1, 3, 1, 0].map((ms) => natives.call("timerSet", ms) as number);
  assert.equal(natives.call("timerCount"), 5);
  assert.equal(natives.call("timerClear", ids[2]!), true);
  assert.equal(natives.call("timerClear", ids[2]!), false);
  assert.equal(take(), ids[4]);
  assert.equal(take(), 0);
  assert.equal(natives.fn("timersNext")(natives.clock), 1_000_000n);
  natives.fn("timersFreeze")();
  natives.clock = 50n;
  assert.equal(take(), 0);
  natives.clock += 1_000_000n;
  assert.deepEqual([take(), take(), take()], [ids[1], ids[3], 0]);
  natives.clock += 10_000_000n;
  assert.deepEqual([take(), take()], [ids[0], 0]);
  assert.equal(natives.fn("timersNext")(natives.clock), -1n);
});
