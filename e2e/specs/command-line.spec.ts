/** The command line against the real control plane and agent. */
import { join } from "node:path";
import { call, command, expect, root, signIn, test } from "../src/fixtures.ts";

test("deploy, again, roll back, read the log, open the page", async ({ page, baseURL }) => {
  await signIn(page);
  const { token } = await call<{ token: string }>(page, "mutation", "settings.createApiToken", { name: "command line", role: "deployer" });
  const zerostart = async <T>(...args: string[]): Promise<T> => {
    const { code, stdout, stderr } = await command("packages/cli/bin/zerostart.mjs", [...args, "--json", "--server", baseURL!], { ZEROSTART_TOKEN: token });
    expect(code, stderr).toBe(0);
    return JSON.parse(`[${stdout.trim().split("\n").join(",")}]`)[0] as T;
  };
  type Deployed = { handlerId: string; buildId: string; url: string; version: number };
  const handler = join(root, "packages/cli/test/fixtures/hello.ts");
  const first = await zerostart<Deployed>("deploy", handler, "--name", "by-cli");
  expect(await (await fetch(`${first.url}log`)).json()).toEqual({ hello: "world!", path: "/log" });
  const second = await zerostart<Deployed>("deploy", handler, "--name", "by-cli", "--mode", "embedded", "--env", "NAME=Ada");
  expect(second.version).toBe(1);
  expect(second.buildId).not.toBe(first.buildId);
  expect(await (await fetch(second.url)).json()).toEqual({ hello: "Ada!", path: "/" });
  const back = await zerostart<Deployed>("rollback", "by-cli");
  expect(back.buildId).toBe(first.buildId);
  expect((await fetch(back.url)).status).toBe(200);
  await expect.poll(async () => (await zerostart<{ text: string } | undefined>("logs", "by-cli", "-n", "1"))?.text, { timeout: 30_000 }).toMatch(/logged/);
  type Scaled = { minInstances: number; maxInstances: number };
  expect(await zerostart<Scaled[]>("scale", "by-cli", "--max", "2")).toMatchObject([{ minInstances: 1, maxInstances: 2 }]);
  const canary = await zerostart<Deployed>("deploy", handler, "--name", "by-cli", "--canary", "50", "--env", "NAME=Bob");
  expect(new URL(canary.url).port).toBe(new URL(back.url).port);
  const seen = new Set<string>();
  await expect
    .poll(async () => seen.add(((await (await fetch(canary.url, { headers: { connection: "close" } })).json()) as { hello: string }).hello).size, {
      timeout: 30_000,
    })
    .toBe(2);
  await zerostart("promote", "by-cli");
  await expect.poll(async () => ((await (await fetch(canary.url, { headers: { connection: "close" } })).json()) as { hello: string }).hello).toBe("Bob!");
  const { url } = await zerostart<{ url: string }>("open", "by-cli");
  await page.goto(url);
  await expect(page.getByRole("heading", { name: "by-cli" })).toBeVisible();
});
