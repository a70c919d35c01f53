/** Runs a handler on the real engine, away from the page: one that never ends is stopped by ending this worker. */
import { decodeImage } from "@zerostart/vm/image-file.ts";
import { VmInstance } from "@zerostart/vm/instance.ts";
import { viewSnapshot } from "@zerostart/vm/snapshot-view.ts";
import { bindingMark, type RunAnswer, type RunRequest, type Snapshot } from "./protocol.ts";

const heapBytes = 128 << 20;
const cpuNsPerTurn = 5_000_000_000n;
const waitMs = 10_000;

async function load() {
  const [wasm, image] = await Promise.all(
    ["vm.wasm", "base.image"].map(async (name) => {
      const response = await fetch(`/api/engine/${name}`);
      if (!response.ok) throw new Error(`the engine's ${name} cannot be fetched: the server answered ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    }),
  );
  return { module: await WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>), image: decodeImage(image as Uint8Array) };
}
let engine: ReturnType<typeof load> | undefined;

/** Looked at in memory of its own, so that the request has nothing to do with it. */
function snapshotOf(module: WebAssembly.Module, image: ReturnType<typeof decodeImage>, { bytecode, telling }: RunRequest): Snapshot | undefined {
  const view = viewSnapshot(module, image, bytecode, { heapBytes, cpuNsPerTurn });
  if (!view) return undefined;
  const values: Record<string, string> = {};
  if (telling) {
    const vm = new VmInstance(module, {
      log: ({ text }) => {
        const name = text.startsWith(bindingMark) ? text.slice(bindingMark.length).split(" ", 1)[0] : undefined;
        if (name !== undefined) values[name] = text.slice(bindingMark.length + name.length + 1);
      },
    });
    vm.resume(image, heapBytes, cpuNsPerTurn);
    if (vm.load(telling) === undefined) vm.evaluate();
  }
  return { ...view, values };
}

async function run({ bytecode, telling, request }: RunRequest): Promise<RunAnswer> {
  const times = { engine: 0, load: 0, init: 0, request: 0 };
  let last = performance.now();
  const lap = (name: keyof typeof times) => {
    const now = performance.now();
    times[name] = now - last;
    last = now;
  };
  const { module, image } = await (engine ??= load());
  lap("engine");
  const vm = new VmInstance(module);
  const { records } = vm;
  try {
    vm.resume(image, heapBytes, cpuNsPerTurn);
    const refused = vm.load(bytecode);
    lap("load");
    if (refused !== undefined) return { error: refused, records, times };
    const failed = vm.evaluate();
    lap("init");
    if (failed !== undefined) return { error: failed, records, times };
    const response = await vm.exchange(request, waitMs);
    lap("request");
    return { response, records, times, snapshot: snapshotOf(module, image, { bytecode, telling, request }) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error), records, times };
  }
}

self.addEventListener("message", (event: MessageEvent<RunRequest>) => {
  run(event.data).then(
    (answer) => self.postMessage(answer),
    (error: unknown) =>
      self.postMessage({ error: error instanceof Error ? error.message : String(error), records: [], times: { engine: 0, load: 0, init: 0, request: 0 } }),
  );
});
