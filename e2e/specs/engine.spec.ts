/** The engine in the browser: the playground, and a page of its own that loads a module of target wasm32. */
import { readFile } from "node:fs/promises";
import { parseTar } from "nanotar";
import { builtHandler, expect, expectAccessibleInEveryLook, signIn, test } from "../src/fixtures.ts";

test("a module is taken away with its loader, and answers in a page of its own", async ({ page }) => {
  await signIn(page);
  const source = `export default { fetch: async (request) => Response.json({ path: new URL(request.url).pathname, body: await request.text() }) };`;
  const { build } = await builtHandler(page, "in-the-browser", source, "wasm32");
  await page.goto(`/builds/${build.id}`);
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "ES module" }).click();
  const files = parseTar(await readFile(await (await downloading).path()));
  expect(files.map(({ name }) => name)).toEqual(["in-the-browser.wasm", "in-the-browser.mjs", "in-the-browser.d.mts"]);

  const site = await page.context().newPage();
  const types: Record<string, string> = { wasm: "application/wasm", mjs: "text/javascript" };
  await site.route("http://site.test/**", (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    const file = files.find((entry) => entry.name === name);
    return file
      ? route.fulfill({ body: Buffer.from(file.data!), contentType: types[name.split(".").at(-1)!]! })
      : route.fulfill({ body: "<!doctype html><title>site</title>", contentType: "text/html" });
  });
  await site.goto("http://site.test/");
  const answer = await site.evaluate(async () => {
    const name = "/in-the-browser.mjs";
    const { default: handler } = (await import(name)) as { default: { fetch(request: Request): Promise<Response> } };
    const response = await handler.fetch(new Request("http://site.test/asked", { method: "POST", body: "from the page" }));
    return { status: response.status, json: (await response.json()) as unknown };
  });
  expect(answer).toEqual({ status: 200, json: { path: "/asked", body: "from the page" } });
  await site.close();
});

test("the playground runs a handler: response, console, a line's instructions, what a snapshot holds; accessible in every look", async ({ page }) => {
  await signIn(page);
  await page.goto("/playground");
  await page.getByLabel("Example").selectOption("Routes");
  await page.getByLabel("Path").fill("/items");
  await page.getByRole("button", { name: "Run" }).click();
  await expect(page.getByLabel("Body of the response")).toHaveText(`[{"id":"1","title":"First"}]`);
  const listing = page.getByRole("region", { name: "Bytecode listing" });
  const line = listing.getByRole("button", { name: /^6: if \(pathname/ });
  await line.click();
  await expect(line).toHaveAttribute("aria-pressed", "true");
  await expect(page.locator(".cm-linked")).toHaveText(/request\.method === "GET"/);
  // And back: a line of the source is found among the instructions.
  await page.locator(".cm-line", { hasText: "items.set(item.id" }).click();
  await expect(listing.getByRole("button", { name: /^10: items\.set/ })).toHaveAttribute("aria-pressed", "true");
  await expect(page.locator(".cm-linked")).toHaveText(/items\.set/);
  await expect(page.getByLabel("Value of items")).toHaveText("Map(1) { '1' => { id: '1', title: 'First' } }");
  await expect(page.getByRole("row", { name: /^Maps and sets/ })).toBeVisible();
  // Mistakes are marked while one types.
  await page.keyboard.press("End");
  await page.keyboard.type(" const = 1;");
  await expect(page.locator(".cm-lintRange-error")).toBeVisible();
  await expect(page.getByText(/index\.ts:10:\d+/).first()).toBeVisible();
  await expectAccessibleInEveryLook(page);
});
