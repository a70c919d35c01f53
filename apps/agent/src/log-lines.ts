/** A process's output as log lines. */
import { randomUUID } from "node:crypto";
import { StringDecoder } from "node:string_decoder";
import type { LogLine } from "@zerostart/protocol";

/** Characters; a longer one is passed on in parts. */
export const longestLine = 16_384;
/** A line without an end is passed on after this long, so that a prompt or a last word is seen. */
const patienceMs = 500;

/** By syslog priority (sd-daemon(3)), with which the host begins each line of the console. */
const levels: readonly LogLine["level"][] = ["error", "error", "error", "error", "warn", "info", "info", "debug"];

export class LineSplitter {
  readonly #fallback: LogLine["level"];
  readonly #emit: (text: string, level: LogLine["level"]) => void;
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";
  /** Of the line whose beginning has been passed on. */
  #begun: LogLine["level"] | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param fallback level of a line that says none */
  constructor(fallback: LogLine["level"], emit: (text: string, level: LogLine["level"]) => void) {
    this.#fallback = fallback;
    this.#emit = emit;
  }

  push(data: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(data)).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      this.#pass(line.endsWith("\r") ? line.slice(0, -1) : line);
      this.#begun = undefined;
    }
    while (this.#rest.length > longestLine) {
      this.#pass(this.#rest.slice(0, longestLine));
      this.#rest = this.#rest.slice(longestLine);
    }
    clearTimeout(this.#timer);
    if (this.#rest) this.#timer = setTimeout(() => this.end(), patienceMs).unref();
  }

  /** Passes over all lines that end here, without a look at them; how many that were. */
  skip(data: Buffer): number {
    const newline = 10;
    const last = data.lastIndexOf(newline);
    if (last >= 0) {
      this.#decoder.end();
      this.#rest = "";
      this.#begun = undefined;
    }
    this.push(data.subarray(last + 1));
    let lines = 0;
    for (let at = data.indexOf(newline); at >= 0; at = data.indexOf(newline, at + 1)) lines++;
    return lines;
  }

  end(): void {
    clearTimeout(this.#timer);
    const rest = this.#rest;
    this.#rest = "";
    if (rest) this.#pass(rest);
  }

  /** A line, or the next part of one. */
  #pass(line: string): void {
    const priority = this.#begun === undefined ? /^<([0-7])>/.exec(line)?.[1] : undefined;
    this.#begun ??= priority === undefined ? this.#fallback : levels[Number(priority)]!;
    const text = priority === undefined ? line : line.slice(3);
    for (let i = 0; i === 0 || i < text.length; i += longestLine) this.#emit(text.slice(i, i + longestLine), this.#begun);
  }
}

/** A log line with a fresh id and the time of now. */
export function logLineOf(line: Pick<LogLine, "deploymentId" | "instanceId" | "level" | "source" | "text">): LogLine {
  return { id: randomUUID(), at: new Date().toISOString(), ...line, text: line.text.slice(0, longestLine) };
}
