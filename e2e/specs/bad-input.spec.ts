/** Bad input on the real stack: each kind gets a clear error where the person looks, and the other handlers keep serving. */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { builtHandler, call, command, deployedHandler, deployment, eventually, expect, root, signIn, test, typeSource } from "../src/fixtures.ts";

test.describe.configure({ mode: "serial" });

/** Of the handler that has to go on serving, whatever happens to the others. */
let bystander: string;
const bystanderServes = async () => expect(await (await fetch(bystander)).text()).toBe("still here");

test("an unsupported construct is shown with its lines, and not saved", async ({ page }) => {
  await signIn(page);
  bystander = (await deployedHandler(page, "bystander", 'export default () => new Response("still here");\n')).url;
  await page.goto("/handlers/new");
  await page.getByLabel("Name").fill("unsupported");
  await typeSource(page, "export default (request) => {\n  with (request) return url;\n};\n");
  const errors = page.getByRole("list", { name: "Compile errors and warnings" });
  await expect(errors).toContainText(/index\.ts:2:3[^]*with/, { timeout: 30_000 });
  await page.getByRole("button", { name: "Save handler" }).click();
  await expect(page.getByRole("alert").first()).toContainText("Nothing was saved");
  await bystanderServes();
});

test("a handler that throws, loops, allocates without end or evaluates code: its request fails, its log says why, it serves on", async ({ page }) => {
  await signIn(page);
  const { handlerId, url } = await deployedHandler(
    page,
    "trouble",
    `export default async (request: Request) => {
  switch (new URL(request.url).pathname) {
    case "/throw": throw new Error("no luck today");
    case "/loop": for (;;);
    case "/allocate": for (const all: unknown[] = []; ; ) all.push(new Array(1000).fill(0));
    case "/eval": return new Response(String(eval("1 + 1")));
  }
  return new Response("fine");
};
`,
  );
  for (const path of ["throw", "eval", "allocate", "loop"]) {
    const response = await fetch(`${url}${path}`);
    expect(response.status, path).toBeGreaterThanOrEqual(500);
    expect(await response.text()).not.toContain("no luck today");
    await bystanderServes();
    await eventually(
      `it serves on after ${path}`,
      async () =>
        (await fetch(url).then(
          (r) => r.text(),
          () => "",
        )) === "fine",
    );
  }
  await page.goto(`/handlers/${handlerId}?tab=logs`);
  const log = page.getByRole("log", { name: "Handler log" });
  await expect(log).toContainText(/Error: no luck today/, { timeout: 30_000 });
  await expect(log).toContainText(/index\.ts:3:/);
  await expect(log).toContainText(/limit|out of memory/);
});

test("malformed HTTP is answered with 400, by the control plane and by a handler", async () => {
  for (const url of [bystander, `${process.env["ZEROSTART_E2E_URL"]}/`]) {
    const { hostname, port } = new URL(url);
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest({ hostname, port, path: "/", setHost: false, headers: { host: "a", "content-length": "nonsense" } });
      request.once("response", (response) => resolve(response.resume().statusCode)).once("error", reject);
      request.end();
    });
    expect(status, url).toBe(400);
  }
  await bystanderServes();
});

test("a tampered artifact is not started: the deployment says why", async ({ page }) => {
  await signIn(page);
  const { handlerId, build } = await builtHandler(page, "tampered", 'export default () => new Response("evil");\n');
  const objects = join(process.env["ZEROSTART_E2E_DATA"]!, "objects");
  const path = join(
    objects,
    readdirSync(objects, { recursive: true, encoding: "utf8" }).find((name) => name.replaceAll("/", "") === build.artifact!.sha256)!,
  );
  const bytes = readFileSync(path);
  bytes[bytes.length - 100]! ^= 1;
  writeFileSync(path, bytes);
  const { deploymentId } = await call<{ deploymentId: string }>(page, "mutation", "deployments.create", { buildId: build.id });
  await eventually("it is told", async () => (await deployment(page, deploymentId)).instances.some((instance) => instance.state === "unhealthy"));
  await page.goto(`/handlers/${handlerId}?tab=deployments`);
  await expect(page.getByText(/tampered with or damaged/).first()).toBeVisible();
  await call(page, "mutation", "deployments.stop", { deploymentId });
  await bystanderServes();
});

test("a wrong token: exit code 3 and a clear error for the command line and for an agent", async ({ page, request, baseURL }) => {
  const cli = await command("packages/cli/bin/zerostart.mjs", ["deploy", join(root, "examples/hello.ts"), "--server", baseURL!], {
    ZEROSTART_TOKEN: "zs_wrong",
  });
  expect(cli.stderr).toMatch(/token/i);
  expect(cli.code).toBe(3);
  const agent = await command("apps/agent/src/main.ts", ["--server", baseURL!, "--data", test.info().outputPath("agent"), "--token", "zs_wrong"]);
  expect(agent.stderr).toMatch(/token/i);
  expect(agent.code).toBe(3);
  const answer = await request.get(`${baseURL}/api/trpc/handlers.list`, { headers: { authorization: "Bearer zs_wrong" } });
  expect(answer.status()).toBe(401);
  await signIn(page);
  await bystanderServes();
});
