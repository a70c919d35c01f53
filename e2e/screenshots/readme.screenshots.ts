/**
 * Takes the pictures of the README from the real product: `npm run screenshots --workspace @zerostart/e2e`. A handler in three versions and
 * three launch modes, deployed, and some hundred real starts.
 */
import { join } from "node:path";
import { call, eventually, expect, root, signIn, test } from "../src/fixtures.ts";

test.use({ viewport: { width: 1360, height: 1080 }, deviceScaleFactor: 1 });

const source = (version: number) => `import { greetings } from "./greetings.ts";

export default {
  fetch(request: Request): Response {
    const name = new URL(request.url).searchParams.get("name") ?? "world";
    return Response.json({ greetings: greetings.slice(0, ${version * 2}).map((greeting) => greeting + ", " + name) });
  },
};
`;
/** A top level with something to do: what a snapshot saves. */
const greetings = `const words = "Hello Bonjour Hallo Ciao Hola Hej Ahoj Salut".split(" ");
export const greetings: string[] = [];
for (let i = 0; i < 2_000; i++) greetings.push(words[i % words.length]! + "!".repeat(i >> 8));
`;

test("pictures", async ({ page }) => {
  test.setTimeout(600_000);
  await signIn(page);
  const target = process.arch === "arm64" ? "aarch64-linux-musl" : "x86_64-linux-musl";
  let handlerId = "";
  const snapshots: string[] = [];
  for (let version = 1; version <= 3; version++) {
    const files = [
      { path: "index.ts", content: source(version) },
      { path: "greetings.ts", content: greetings },
    ];
    if (handlerId) await call(page, "mutation", "handlers.upload", { handlerId, files, entry: "index.ts" });
    else ({ handlerId } = await call<{ handlerId: string }>(page, "mutation", "handlers.create", { name: "greetings", files, entry: "index.ts" }));
    const modes = ["snapshot", "embedded", "source"];
    const { builds } = await call<{ builds: { buildId: string }[] }>(page, "mutation", "builds.start", { handlerId, targets: [target], modes });
    const buildIds = builds.map((build) => build.buildId);
    for (const buildId of buildIds)
      await eventually("it is built", async () => (await call<{ state: string }>(page, "query", "builds.get", { buildId })).state === "succeeded", 180_000);
    snapshots.push(buildIds[0]!);
    await call(page, "mutation", "deployments.create", { buildId: buildIds[0]! });
    const { measurementId } = await call<{ measurementId: string }>(page, "mutation", "measurements.create", { buildIds, runs: 40, warmup: 5 });
    await eventually(
      "it is measured",
      async () => (await call<{ state: string }>(page, "query", "measurements.get", { measurementId })).state === "done",
      120_000,
    );
  }
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await page.goto(`/cold-starts?handlerId=${handlerId}`);
    await expect(page.getByRole("figure", { name: /stacked by phase/ })).toBeVisible();
    await expect(page.locator("[role=status][aria-label=Loading]")).toHaveCount(0);
    await page.screenshot({ path: join(root, `docs/screenshot${scheme === "dark" ? "-dark" : ""}.png`), animations: "disabled" });
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.goto(`/handlers/${handlerId}`);
  await expect(page.getByRole("heading", { name: "greetings" })).toBeVisible();
});
