/** A process's output as log lines. */
import { randomUUID } from "node:crypto";
import { StringDecoder } from "node:string_decoder";
import type { LogLine } from "@zerostart/protocol";

const longest = 16_384;
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
    while (this.#rest.length > longest) {
      this.#pass(this.#rest.slice(0, longest));
      this.#rest = this.#rest.slice(longest);
    }
    clearTimeout(this.#timer);
    if (this.#rest) this.#timer = setTimeout(() => this.end(), patienceMs).unref();
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
    for (let i = 0; i === 0 || i < text.length; i += longest) this.#emit(text.slice(i, i + longest), this.#begun);
  }
}

/** A log line with a fresh id and the time of now. */
export function logLineOf(line: Pick<LogLine, "deploymentId" | "instanceId" | "level" | "source" | "text">): LogLine {
  return { id: randomUUID(), at: new Date().toISOString(), ...line, text: line.text.slice(0, longest) };
}
