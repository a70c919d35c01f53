/** The target wasm32 where it is meant to run: a page loads the module with its loader, and asks the handler. */
import { readFile } from "node:fs/promises";
import { parseTar } from "nanotar";
import { builtHandler, expect, signIn, test } from "../src/fixtures.ts";

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
