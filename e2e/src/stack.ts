/** Starts `npm start`'s own script with a temporary data folder and a free port; the tests find it in ZEROSTART_E2E_URL and ZEROSTART_E2E_DATA. When these are set already, the stack there (its data folder empty) is used. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../scripts/free-port.ts";

const root = join(import.meta.dirname, "../..");
/** A first start builds the engine, the stubs and the dashboard. */
const startTimeoutMs = 15 * 60_000;

export default async function startStack(): Promise<(() => Promise<void>) | undefined> {
  if (process.env["ZEROSTART_E2E_URL"]) return undefined;
  const [port, frontPort] = [await freePort(), await freePort()];
  const data = mkdtempSync(join(tmpdir(), "zerostart-e2e-"));
  const url = `http://localhost:${port}`;
  const child = spawn(process.execPath, [join(root, "scripts/start.mjs"), "--port", String(port), "--front-port", String(frontPort), "--data", data], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-20_000);
    if (process.env["E2E_VERBOSE"]) process.stderr.write(chunk);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const stop = async () => {
    const ended = new Promise<void>((resolve) => (child.exitCode === null ? child.once("exit", () => resolve()) : resolve()));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, "SIGKILL"), 15_000);
    await ended;
    clearTimeout(timer);
    rmSync(data, { recursive: true, force: true });
  };
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the stack did not start:\n${output}`);
    const healthy = await fetch(`${url}/api/health`).then(
      (r) => r.ok,
      () => false,
    );
    if (healthy) break;
    if (Date.now() > deadline) {
      await stop();
      throw new Error(`the stack was not up within ${startTimeoutMs / 1000} s:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  process.env["ZEROSTART_E2E_URL"] = url;
  process.env["ZEROSTART_E2E_DATA"] = data;
  return stop;
}
