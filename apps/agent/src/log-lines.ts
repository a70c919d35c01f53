/** A process's output as log lines. */
import { randomUUID } from "node:crypto";
import { StringDecoder } from "node:string_decoder";
import type { LogLine } from "@zerostart/protocol";

const longest = 16_384;
/** A line without an end is passed on after this long, so that a prompt or a last word is seen. */
const patienceMs = 500;

export class LineSplitter {
  readonly #emit: (text: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";
  #timer: NodeJS.Timeout | undefined;

  constructor(emit: (text: string) => void) {
    this.#emit = emit;
  }

  push(data: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(data)).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line.endsWith("\r") ? line.slice(0, -1) : line);
    while (this.#rest.length > longest) {
      this.#line(this.#rest.slice(0, longest));
      this.#rest = this.#rest.slice(longest);
    }
    clearTimeout(this.#timer);
    if (this.#rest) this.#timer = setTimeout(() => this.end(), patienceMs).unref();
  }

  end(): void {
    clearTimeout(this.#timer);
    const rest = this.#rest;
    this.#rest = "";
    if (rest) this.#line(rest);
  }

  #line(line: string): void {
    for (let i = 0; i === 0 || i < line.length; i += longest) this.#emit(line.slice(i, i + longest));
  }
}

/** A log line with a fresh id and the time of now. */
export function logLineOf(line: Pick<LogLine, "deploymentId" | "instanceId" | "level" | "source" | "text">): LogLine {
  return { id: randomUUID(), at: new Date().toISOString(), ...line, text: line.text.slice(0, longest) };
}
