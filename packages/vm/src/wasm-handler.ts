/// <reference lib="dom" />
/** The handler of a wasm32 artifact as programs for Node, Deno, Bun and browsers call it: `fetch(request)`. */
import { AnswerReader } from "./answer-reader.ts";
import { type VmInstance, VmStoppedError } from "./instance.ts";
import { openWasmArtifact, type WasmArtifactOptions } from "./wasm-artifact.ts";

/** Fields of a request that concern its connection, which here is ours. */
const hopByHop = new Set(["connection", "content-length", "expect", "host", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"]);

interface Exchange {
  answer: AnswerReader;
  /** Of the request, not given yet. */
  input: Uint8Array;
}

/**
 * A handler with memory of its own. One that stops for good (its memory is full, the engine traps) fails the requests under way, and begins
 * anew, as after a start, with the next one.
 */
export class WasmHandler {
  private vm: VmInstance | undefined;
  private readonly exchanges = new Map<number, Exchange>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly module: WebAssembly.Module;
  private readonly options: WasmArtifactOptions;

  /** @throws MalformedWasmArtifactError, and VmStoppedError with the message and stack when the top level fails */
  constructor(module: WebAssembly.Module, options: WasmArtifactOptions = {}) {
    this.module = module;
    this.options = { log: ({ level, text }) => console[level](text), ...options };
    this.vm = openWasmArtifact(module, this.options);
  }

  /**
   * Answer a request. Rejects with VmStoppedError when the VM stops, with the signal's reason when the request is aborted. The response's
   * body comes as the handler writes it.
   */
  fetch = async (request: Request): Promise<Response> => {
    const input = await encodeRequest(request);
    request.signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const abort = () => end(request.signal.reason);
      let connection = 0;
      const end = (reason: unknown) => {
        answer.fail(reason);
        this.turn((vm) => this.finish(vm, connection));
      };
      const answer = new AnswerReader(request.method, {
        onResponse: resolve,
        onRoom: () => this.turn((vm) => this.exchanges.has(connection) && vm.writable(connection)),
        onCancel: end,
        onEnd: (reason) => {
          request.signal.removeEventListener("abort", abort);
          if (reason !== undefined) reject(reason as Error);
        },
      });
      request.signal.addEventListener("abort", abort);
      this.turn((vm) => {
        connection = vm.open((output) => answer.take(output));
        this.exchanges.set(connection, { answer, input });
      }, answer);
    });
  };

  /** Do something with the VM, then what came due by it. */
  private turn(work: (vm: VmInstance) => void, answer?: AnswerReader): void {
    try {
      const vm = (this.vm ??= openWasmArtifact(this.module, this.options));
      work(vm);
      for (const exchange of this.exchanges) this.feed(vm, ...exchange);
      clearTimeout(this.timer);
      const wait = vm.poll();
      for (const [connection, exchange] of this.exchanges) if (exchange.answer.ended) this.finish(vm, connection);
      if (wait >= 0n) this.timer = setTimeout(() => this.turn(() => {}), Math.min(Number(wait / 1_000_000n) + 1, 0x7fffffff));
    } catch (error) {
      clearTimeout(this.timer);
      this.vm = undefined;
      answer?.fail(error);
      for (const exchange of this.exchanges.values()) exchange.answer.fail(error);
      this.exchanges.clear();
      if (!(error instanceof VmStoppedError)) throw error;
    }
  }

  private feed(vm: VmInstance, connection: number, exchange: Exchange): void {
    if (exchange.input.length > 0) exchange.input = exchange.input.subarray(vm.receive(connection, exchange.input));
  }

  private finish(vm: VmInstance, connection: number): void {
    if (this.exchanges.delete(connection)) vm.close(connection);
  }
}

/** As HTTP/1.1. What a Request holds has been checked by its own constructor: no field can hold the end of a line. */
async function encodeRequest(request: Request): Promise<Uint8Array> {
  const url = new URL(request.url);
  const body = new Uint8Array(await request.arrayBuffer());
  const lines = [`${request.method} ${url.pathname}${url.search} HTTP/1.1`, `host: ${url.host || "localhost"}`, "connection: close"];
  for (const [name, value] of request.headers) if (!hopByHop.has(name)) lines.push(`${name}: ${value}`);
  if (body.length > 0 || !["GET", "HEAD"].includes(request.method)) lines.push(`content-length: ${body.length}`);
  const head = `${lines.join("\r\n")}\r\n\r\n`;
  const bytes = new Uint8Array(head.length + body.length);
  for (let i = 0; i < head.length; i++) bytes[i] = head.charCodeAt(i);
  bytes.set(body, head.length);
  return bytes;
}
