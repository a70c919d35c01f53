/**
 * `npm run conformance -- --llhttp DIR`: llhttp's published request cases (test/request/*.md of a checkout of nodejs/llhttp) against our HTTP layer. Compared is
 * what matters to the outside: is a message accepted or refused? Where we differ on purpose says why; any other difference exits with 1.
 */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { runInNewContext } from "node:vm";
import { Server, compileAssembly } from "../../test/http/harness.ts";

interface Case {
  readonly name: string;
  readonly type: string;
  readonly input: string;
  /** llhttp's reason for refusing it. */
  readonly refused: string | undefined;
}

/** Differences that are decisions: the case's name, and why. Framing is never among them. */
const decisions: readonly [pattern: RegExp, why: string][] = [
  [/CONNECT|Underscore in hostname/, "we are no proxy: CONNECT is 501"],
  [/RTSP|ICE/, "only HTTP is spoken here"],
  [/M-SEARCH/, "* is a target of OPTIONS alone (RFC 9112, 3.2.4)"],
  [/No HTTP version/, "HTTP/0.9 is not spoken here"],
  [/Fragment in URI|POST with `chunked` as last/, "a target has no fragment (RFC 9112, 3.2)"],
  [/basic auth/, "userinfo in a target is refused (RFC 9110, 4.2.4)"],
  [/No restart when keep-alive is off|explicit `close`/, "what follows the last request is dropped, not an error"],
  [/ANNOUNCE method|Invalid method/, "any token is a method; the handler decides"],
];

/** The cases of a file: a heading, an http block after a comment with its type, a log block (llhttp's test/md-test.ts). */
function* casesOf(file: string): Generator<Case> {
  const text = readFileSync(file, "utf8");
  let heading = "";
  const blocks = /^#+ (.+)$|<!-- meta=(\{.*?\}) -->\s*```http\n((?:(?!```)[^])*?)\n```[^`]*```log\n([^]*?)\n```/gm;
  for (const [, title, meta, source, log] of text.matchAll(blocks)) {
    if (title !== undefined) heading = title;
    if (meta === undefined || source === undefined || log === undefined) continue;
    const input = source
      .replaceAll("\\\n", "")
      .replaceAll("\n", "\r\n")
      .replaceAll("\\r", "\r")
      .replaceAll("\\n", "\n")
      .replaceAll("\\t", "\t")
      .replaceAll("\\f", "\f")
      .replaceAll(/\\x([0-9a-fA-F]+)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replaceAll(/\\([0-7]{1,3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
      .replaceAll(/\$\{(.+?)\}/g, (_, code: string) => `${runInNewContext(code)}`);
    const error = /error code=(\d+) reason="(.*?)"/.exec(log);
    // 21 and 22 are pauses, not errors.
    const refused = error && error[1] !== "21" && error[1] !== "22" ? error[2] : undefined;
    yield { name: `${path.basename(file, ".md")}: ${heading}`, type: (JSON.parse(meta) as { type: string }).type, input, refused };
  }
}

/** llhttp does not ask for Host; we do (RFC 9112, 3.2), so every request gets one. */
const withHost = (input: string): string => (/^host:/im.test(input) ? input : input.replaceAll(/(HTTP\/1\.1\r\n)/g, "$1Host: h\r\n"));

/** Runs all cases; the number of differences that no decision explains. */
export async function compareWithLlhttp(directory: string): Promise<number> {
  const files = globSync("test/request/*.md", { cwd: directory })
    .sort()
    .map((file) => path.join(directory, file));
  if (files.length === 0) throw new Error("--llhttp DIR must name a checkout of nodejs/llhttp");
  const server = new Server(await compileAssembly("assembly/http/testing/entry.ts"));
  const counts = { agree: 0, decided: 0, differ: 0, otherModes: 0 };
  for (const { name, type, input, refused } of files.flatMap((file) => [...casesOf(file)])) {
    // Lenient modes accept what must not be accepted; there is none here.
    if (type !== "request") {
      counts.otherModes++;
      continue;
    }
    // A line is judged once it is complete, so a case that llhttp refuses in the middle of a line gets its end.
    const { text } = server.exchange([Buffer.from(withHost(input)), ...(refused === undefined ? [] : ["\r\n\r\n"])]);
    const error = /^HTTP\/1\.1 ([45]\d\d) [^]*?\r\n\r\n(.*)/m.exec(text);
    if ((error !== null) === (refused !== undefined)) {
      counts.agree++;
      continue;
    }
    const decision = decisions.find(([pattern]) => pattern.test(name));
    counts[decision ? "decided" : "differ"]++;
    console.log(
      `${decision ? "decided" : "DIFFERS"}  ${name}: ${error ? `we say ${error[1]} ${error[2]}` : `llhttp says ${refused}`}${decision ? ` (${decision[1]})` : `\n${JSON.stringify(input)}`}`,
    );
  }
  console.log(`${counts.agree} agree, ${counts.decided} differ by decision, ${counts.differ} differ, ${counts.otherModes} of other modes left out`);
  return counts.differ;
}
