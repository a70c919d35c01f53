/** Steps 2 to 4 of a first day: handler, builds, deployment, cold starts; with the real compiler, agent and binaries. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dropFiles, expect, signIn, test, typeSource } from "../src/fixtures.ts";

test.describe.configure({ mode: "serial" });

const handler = `const started = Date.now();
export default function handler(request: Request): Response {
  const url = new URL(request.url);
  console.log("asked for " + url.pathname);
  return Response.json({ hello: url.searchParams.get("name") ?? "world", uptime: Date.now() >= started });
}
`;

test("create a handler: compile errors as code frames before anything is saved, then a drop", async ({ page }) => {
  await signIn(page);
  await page.getByRole("link", { name: "New handler" }).click();
  await page.getByLabel("Name").fill("hello");
  await typeSource(page, "export default function handler( {\n  return 1;\n}\n");
  await expect(page.getByText(/compile error/)).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole("list", { name: "Compile errors and warnings" })).toContainText("index.ts:");
  await page.getByRole("button", { name: "Save handler" }).click();
  await expect(page.getByRole("alert").first()).toContainText("Nothing was saved");
  await expect(page).toHaveURL(/handlers\/new/);
  await dropFiles(page, [{ name: "hello.ts", content: handler }]);
  await expect(page.getByText("Compiles.")).toBeVisible({ timeout: 30_000 });
  await page.getByRole("button", { name: "Save handler" }).click();
  await expect(page.getByRole("dialog", { name: "Build" })).toBeVisible();
});

test("an upload of 50 MB is refused with a clear error", async ({ page }) => {
  await signIn(page);
  await page.goto("/handlers/new");
  await dropFiles(page, [{ name: "huge.ts", content: 50_000_000 }]);
  await expect(page.getByRole("alert").filter({ hasText: "50.0 MB" })).toContainText("5 MB at most");
});

test("build for two platforms and two launch modes, watch the logs, download an artifact", async ({ page }) => {
  await signIn(page);
  await page.getByRole("link", { name: "hello", exact: true }).click();
  await page.getByRole("button", { name: "Build", exact: true }).first().click();
  const dialog = page.getByRole("dialog", { name: "Build" });
  await dialog.getByRole("checkbox", { name: /Linux Arm64/ }).check();
  await dialog.getByRole("checkbox", { name: /^embedded/ }).check();
  await dialog.getByRole("button", { name: "Build 4 binaries" }).click();
  const builds = page.getByRole("region", { name: "Builds" });
  await expect(builds.getByText("succeeded")).toHaveCount(4, { timeout: 170_000 });
  await builds.getByRole("row").filter({ hasText: "x86_64-linux-musl" }).filter({ hasText: "snapshot" }).getByRole("link").click();
  await expect(page.getByText("static binary")).toBeVisible();
  await expect(page.getByRole("log", { name: "Build log" })).toContainText("Building hello v1 for x86_64-linux-musl, snapshot");
  await expect(page.getByRole("columnheader", { name: "Section" })).toBeVisible();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download" }).click()]);
  const bytes = readFileSync(await download.path());
  expect(bytes.subarray(0, 4).toString("latin1")).toBe("\x7fELF");
  await expect(page.getByText(createHash("sha256").update(bytes).digest("hex"))).toBeVisible();
});

test("deploy: the agent verifies and starts it, its address answers, its log is followed", async ({ page, request }) => {
  await signIn(page);
  await page.getByRole("link", { name: "hello", exact: true }).click();
  await page.getByRole("row").filter({ hasText: "x86_64-linux-musl" }).filter({ hasText: "snapshot" }).getByRole("button", { name: "Deploy" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Deploy" }).click();
  const link = page.getByRole("link", { name: /^http:\/\/127\.0\.0\.1:\d+\// }).first();
  await expect(link).toBeVisible({ timeout: 60_000 });
  const url = await link.getAttribute("href");
  const answer = await request.get(`${url}?name=Ada`);
  expect(await answer.json()).toEqual({ hello: "Ada", uptime: true });
  await page.getByRole("tab", { name: "Logs" }).click();
  await expect(page.getByRole("log", { name: "Handler log" })).toContainText("asked for /", { timeout: 20_000 });
});

test("measure 30 runs after 3 warm-ups of two modes, interleaved; look at every chart; compare", async ({ page }) => {
  await signIn(page);
  await page.getByRole("link", { name: "hello", exact: true }).click();
  await page.getByRole("button", { name: "Measure" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Measure cold starts" });
  // The list comes from the server: only when it is there is the newest build chosen, and can be unchosen.
  await expect(dialog.getByRole("checkbox", { checked: true })).toHaveCount(1);
  await dialog.getByRole("checkbox", { checked: true }).uncheck();
  for (const mode of ["snapshot", "embedded"])
    await dialog.locator("label").filter({ hasText: mode }).filter({ hasText: "x86_64-linux-musl" }).getByRole("checkbox").check();
  await dialog.getByRole("button", { name: "Measure: 30 runs after 3 warm-ups" }).click();
  await expect(dialog.getByText("60 of 60 starts")).toBeVisible({ timeout: 120_000 });
  await dialog.getByRole("button", { name: "Compare" }).click();
  await expect(page.getByRole("status", { name: "Verdict" })).toContainText(/median total time|No significant difference/, { timeout: 30_000 });
  await expect(page.getByRole("region", { name: "Comparison by metric" }).getByRole("rowheader", { name: "Total" })).toBeVisible();
  await page.goto(
    page
      .url()
      .replace("/compare", "/cold-starts")
      .replace(/&[ab]=[^&]*/g, ""),
  );
  for (const name of [/starts, stacked by phase/, /Percentiles over time/, /Histogram of total time/, /Memory after the first response/])
    await expect(page.getByRole("figure", { name })).toBeVisible();
  await page.getByLabel("Launch mode").selectOption("embedded");
  await expect(page).toHaveURL(/mode=embedded/);
  await expect(page.getByRole("table", { name: /Phases of one start/ })).toContainText("Spawn");
  await page.reload();
  await expect(page.getByLabel("Launch mode")).toHaveValue("embedded");
});

test("roll back to the build before", async ({ page }) => {
  await signIn(page);
  await page.getByRole("link", { name: "hello", exact: true }).click();
  await page.getByRole("row").filter({ hasText: "x86_64-linux-musl" }).filter({ hasText: "embedded" }).getByRole("button", { name: "Deploy" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Deploy" }).click();
  await page.getByRole("tab", { name: "Deployments" }).click();
  await page.getByRole("region", { name: "Earlier deployments" }).getByRole("button", { name: "Roll back to this" }).first().click();
  await expect(page.getByRole("region", { name: /^hello on/ })).toContainText("v1 · snapshot", { timeout: 30_000 });
  await expect(page.getByRole("region", { name: /^hello on/ })).toContainText("healthy", { timeout: 60_000 });
});

test("a handler whose top level throws, and one whose never ends, fail with a clear error; the others keep serving", async ({ page }) => {
  await signIn(page);
  for (const [name, source, message] of [
    ["throws", `throw new Error("no database");\nexport default () => new Response("x");\n`, /no database/],
    ["endless", `for (;;) {}\nexport default () => new Response("x");\n`, /never ends|time|limit/i],
  ] as const) {
    await page.goto("/handlers/new");
    await page.getByLabel("Name").fill(name);
    await typeSource(page, source);
    await expect(page.getByText("Compiles.")).toBeVisible({ timeout: 30_000 });
    await page.getByRole("button", { name: "Save handler" }).click();
    await page.getByRole("dialog", { name: "Build" }).getByRole("button", { name: "Build", exact: true }).click();
    await page.getByRole("region", { name: "Builds" }).getByText("failed").waitFor({ timeout: 120_000 });
    await page.getByRole("region", { name: "Builds" }).getByRole("link", { name: "v1" }).click();
    await expect(page.getByRole("alert").first()).toContainText(message);
  }
  await page.goto("/deployments");
  await expect(page.getByRole("region", { name: /^hello on/ })).toContainText("healthy");
});
