/// <reference lib="dom" />
/** Reads one answer of the VM, as it is written, into a Response. The VM writes HTTP/1.1 itself, so what is read here is well formed. */
export interface AnswerEvents {
  onResponse(response: Response): void;
  /** Output that was refused can be taken now. */
  onRoom(): void;
  /** Nobody wants the rest of the body. */
  onCancel(reason: unknown): void;
  /** The answer was read to its end, or failed for a reason. */
  onEnd(reason?: unknown): void;
}

const cr = 13;
const lf = 10;
/** Bytes of a body that wait for their reader; a handler that writes more waits. */
const waitingBytes = 64 << 10;
const withoutBody = [204, 205, 304];
const latin1 = new TextDecoder("latin1");

export class AnswerReader {
  ended = false;
  private readonly method: string;
  private readonly events: AnswerEvents;
  /** What is read next. */
  private next: "head" | "length" | "chunk size" | "chunk" | "end of chunk" | "all" = "head";
  /** A line or head that is not whole yet. */
  private held = new Uint8Array(0);
  /** Bytes of the body, or of the chunk, to come. */
  private left = 0;
  private body: ReadableStreamDefaultController<Uint8Array> | undefined;
  private refused = false;

  constructor(method: string, events: AnswerEvents) {
    this.method = method;
    this.events = events;
  }

  /** How many bytes were taken (all), or -1 for none now. */
  take(output: Uint8Array): number {
    if (this.ended) return output.length;
    if (this.body && this.body.desiredSize! <= 0) {
      this.refused = true;
      return -1;
    }
    let rest = output;
    while (rest.length > 0 && !this.ended) rest = this.read(rest);
    return output.length;
  }

  fail(reason: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.body?.error(reason);
    this.events.onEnd(reason);
  }

  private read(bytes: Uint8Array): Uint8Array {
    switch (this.next) {
      case "head":
        return this.line(bytes, [cr, lf, cr, lf], (text) => this.begin(text));
      case "chunk size":
        return this.line(bytes, [cr, lf], (text) => {
          this.left = Number.parseInt(text, 16);
          if (this.left > 0) this.next = "chunk";
          else this.end();
        });
      case "end of chunk":
        return this.line(bytes, [cr, lf], () => (this.next = "chunk size"));
      case "all":
        this.body!.enqueue(bytes.slice());
        return bytes.subarray(bytes.length);
      default: {
        const part = bytes.slice(0, this.left);
        this.left -= part.length;
        this.body!.enqueue(part);
        if (this.left === 0 && this.next === "length") this.end();
        else if (this.left === 0) this.next = "end of chunk";
        return bytes.subarray(part.length);
      }
    }
  }

  /** Read up to and with `end`; what follows it. */
  private line(bytes: Uint8Array, end: number[], use: (text: string) => void): Uint8Array {
    const all = new Uint8Array(this.held.length + bytes.length);
    all.set(this.held);
    all.set(bytes, this.held.length);
    let at = Math.max(0, this.held.length - end.length + 1);
    while (at <= all.length - end.length && end.some((byte, i) => all[at + i] !== byte)) at++;
    if (at > all.length - end.length) {
      this.held = all;
      return bytes.subarray(bytes.length);
    }
    this.held = new Uint8Array(0);
    use(latin1.decode(all.subarray(0, at)));
    return all.subarray(at + end.length);
  }

  private begin(head: string): void {
    const [first = "", ...lines] = head.split("\r\n");
    const status = Number(first.slice(9, 12));
    if (status < 200) return;
    const headers = new Headers();
    for (const line of lines) {
      const colon = line.indexOf(":");
      headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
    }
    const chunked = /chunked/i.test(headers.get("transfer-encoding") ?? "");
    const length = headers.get("content-length");
    for (const name of ["connection", "keep-alive", "transfer-encoding"]) headers.delete(name);
    const init = { status, statusText: first.slice(13), headers };
    if (this.method === "HEAD" || withoutBody.includes(status)) {
      this.events.onResponse(new Response(null, init));
      return this.end();
    }
    this.next = chunked ? "chunk size" : length === null ? "all" : "length";
    this.left = Number(length);
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        start: (controller) => void (this.body = controller as ReadableStreamDefaultController<Uint8Array>),
        pull: () => {
          if (!this.refused) return;
          this.refused = false;
          this.events.onRoom();
        },
        cancel: (reason) => {
          if (this.ended) return;
          this.body = undefined;
          this.events.onCancel(reason);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: waitingBytes }),
    );
    this.events.onResponse(new Response(stream, init));
    if (this.next === "length" && this.left === 0) this.end();
  }

  private end(): void {
    this.ended = true;
    this.body?.close();
    this.events.onEnd();
  }
}
