/** The page of one deployment: what it answers, what its instances do, what they log. */
import { request } from "node:http";
import {
  builtHandler,
  call,
  deployedHandler,
  deployment,
  eventually,
  expect,
  expectAccessibleInEveryLook,
  openSignedIn,
  signIn,
  test,
} from "../src/fixtures.ts";

const source = `let n = 0;
export default (request) => {
  const { pathname } = new URL(request.url);
  console.log("served " + pathname + " as number " + ++n);
  if (pathname === "/odd") console.warn("rather odd");
  if (pathname === "/bad") { console.error("this went wrong"); return new Response("no", { status: 500 }); }
  return new Response("fine");
};`;

test("requests are charted, instances shown, the log searched; accessible in every look", async ({ page }) => {
  await signIn(page);
  const { url, deploymentId } = await deployedHandler(page, "shown", source);
  for (let i = 0; i < 25; i++) expect((await fetch(url)).status).toBe(200);
  for (let i = 0; i < 5; i++) expect((await fetch(new URL("/bad", url))).status).toBe(500);

  await openSignedIn(page, "/deployments");
  await page
    .getByRole("region", { name: /^shown on/ })
    .getByRole("link", { name: "Details" })
    .click();
  await expect(page).toHaveURL(new RegExp(deploymentId));
  await expect(page.getByRole("heading", { level: 1, name: /^shown v1 on/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /#1 healthy/ })).toBeVisible();
  await expect(page.getByText(/5 × 5xx, 0 without answer/)).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole("figure", { name: "Requests a second over time" })).toBeVisible();
  await expect(page.getByRole("figure", { name: /Latency percentiles over time/ })).toBeVisible();
  await expectAccessibleInEveryLook(page);

  await page.getByRole("tab", { name: "Log" }).focus();
  await page.keyboard.press("Enter");
  const log = page.getByRole("log", { name: "Handler log" });
  await expect(log).toContainText("served /bad as number");
  await page.getByRole("searchbox", { name: "Search in the log" }).fill("WENT wrong");
  await expect(page.getByText("live, 5 lines that match")).toBeVisible();
  await expect(log).not.toContainText("served");
  await expect(page).toHaveURL(/search=WENT/);
  await fetch(new URL("/bad", url));
  await expect(page.getByText("live, 6 lines that match")).toBeVisible();
  await page.reload();
  await expect(page.getByText("live, 6 lines that match")).toBeVisible();
  await page.getByRole("combobox", { name: "Level" }).selectOption("info");
  await expect(page.getByText("No line matches yet.")).toBeVisible();
  await page.getByRole("searchbox", { name: "Search in the log" }).fill("");
  await expect(log).toContainText("served / as number 1");
  await fetch(new URL("/odd", url));
  await page.getByRole("combobox", { name: "Level" }).selectOption("warn");
  await expect(page.getByText("live, 1 line that match")).toBeVisible();
  await expect(log).toContainText("rather odd");
  await expectAccessibleInEveryLook(page);
});

/** Through the host's front port, as a browser would ask for `http://HOSTNAME/path`. */
const throughFront = (port: number, hostName: string, path: string) =>
  new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, headers: { host: hostName } }, (response) => {
      let body = "";
      response.on("data", (data: Buffer) => (body += data.toString())).on("end", () => resolve({ status: response.statusCode, body }));
    })
      .on("error", reject)
      .end();
  });

test("one front port of the host leads to each handler by its name", async ({ page }) => {
  await signIn(page);
  await deployedHandler(page, "behind-front", `export default (request) => new Response("front " + new URL(request.url).pathname)`);
  const [host] = await call<{ frontPort: number | null }[]>(page, "query", "hosts.list");
  const port = host?.frontPort ?? 0;
  expect(port).toBeGreaterThan(0);
  const first = await eventually("HAProxy knows it", async () => {
    const answer = await throughFront(port, `behind-front.localhost:${port}`, "/a").catch(() => undefined);
    return answer?.status === 200 && answer;
  });
  expect(first.body).toBe("front /a");
  expect((await throughFront(port, "nobody.localhost", "/")).status).toBe(404);
  await openSignedIn(page, "/hosts");
  await expect(page.getByText(String(port)).first()).toBeVisible();
});

test("a canary is tried, judged and promoted; bounds are changed; a preview has an address of its own; in every look", async ({ page }) => {
  await signIn(page);
  const { handlerId, deploymentId, url } = await deployedHandler(page, "tried", `export default () => new Response("one");`);
  const files = [{ path: "index.ts", content: `export default () => new Response("two");` }];
  await call(page, "mutation", "handlers.upload", { handlerId, files });
  const next = await builtHandler(page, "tried-next", `export default () => new Response("next");`);
  const target = process.arch === "arm64" ? "aarch64-linux-musl" : "x86_64-linux-musl";
  const { builds } = await call<{ builds: { buildId: string }[] }>(page, "mutation", "builds.start", { handlerId, targets: [target], modes: ["snapshot"] });
  await eventually(
    "it is built",
    async () => (await call<{ state: string }>(page, "query", "builds.get", { buildId: builds[0]!.buildId })).state === "succeeded",
  );

  await openSignedIn(page, `/builds/${builds[0]!.buildId}`);
  await page.getByRole("button", { name: "Deploy" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("How").selectOption("canary");
  await dialog.getByLabel("Share of connections, %").fill("40");
  await expectAccessibleInEveryLook(page);
  await dialog.getByRole("button", { name: "Deploy" }).click();
  await expect(page).toHaveURL(/\/deployments\/dep_/);
  await expect(page.getByRole("region", { name: "Canary beside what runs" })).toBeVisible();
  await expect(page.getByRole("row", { name: /#1 healthy/ })).toBeVisible({ timeout: 30_000 });
  const answer = async () => (await fetch(url, { headers: { connection: "close" } })).text();
  const seen = new Set<string>();
  await eventually("both answer", async () => seen.add(await answer()).size === 2);
  await expectAccessibleInEveryLook(page);
  await page.getByRole("button", { name: "Promote" }).click();
  await expect(page.getByText(/promoted.*Decided by Ada Lovelace/)).toBeVisible();
  await eventually("it serves alone", async () => (await answer()) === "two" && (await answer()) === "two" && (await answer()) === "two");
  expect((await call<{ state: string }>(page, "query", "deployments.get", { deploymentId })).state).toBe("superseded");

  await page.getByRole("tab", { name: "Settings" }).click();
  await page.getByLabel("Instances at least").fill("2");
  await page.getByLabel("Instances at most").fill("3");
  await page.getByLabel("Routes at the host's front port").fill("no route");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert").filter({ hasText: `"no route" is no route` })).toBeVisible();
  await page.getByLabel("Routes at the host's front port").fill("api.example.com/v1");
  await expectAccessibleInEveryLook(page);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved")).toBeVisible();
  await page.getByRole("tab", { name: "Overview" }).click();
  await expect(page.getByRole("row", { name: /#2 healthy/ })).toBeVisible({ timeout: 30_000 });

  const preview = await call<{ deploymentId: string }>(page, "mutation", "deployments.create", { buildId: next.build.id, preview: { hours: 2 } });
  const previewUrl = await eventually("the preview answers", async () => (await deployment(page, preview.deploymentId)).url);
  expect(await (await fetch(previewUrl)).text()).toBe("next");
  await openSignedIn(page, "/deployments");
  await expect(page.getByText("preview, 2 h left")).toBeVisible();
  await expectAccessibleInEveryLook(page);
});

test("a host's labels are edited, and a deployment placed by them", async ({ page }) => {
  await signIn(page);
  const { build } = await builtHandler(page, "placed", `export default () => new Response("placed");`);
  await openSignedIn(page, "/hosts");
  await page.getByRole("button", { name: "Edit labels" }).click();
  await page.getByRole("dialog").getByLabel("Labels").fill("zone");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert").filter({ hasText: `"zone" is not name=value.` })).toBeVisible();
  await page.getByRole("dialog").getByLabel("Labels").fill("zone=a");
  await page.keyboard.press("Enter");
  await expect(page.getByText("zone=a")).toBeVisible();
  await openSignedIn(page, `/builds/${build.id}`);
  await page.getByRole("button", { name: "Deploy" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Host", { exact: true }).selectOption({ label: "Every host with labels…" });
  await dialog.getByLabel("Labels").fill("zone=nowhere");
  await dialog.getByRole("button", { name: "Deploy" }).click();
  await expect(page.getByText("No host has the labels zone=nowhere.")).toBeVisible();
  await dialog.getByLabel("Labels").fill("zone=a");
  await dialog.getByRole("button", { name: "Deploy" }).click();
  await expect(page).toHaveURL(/tab=deployments/);
  await expect(page.getByText("healthy").first()).toBeVisible({ timeout: 30_000 });
});
