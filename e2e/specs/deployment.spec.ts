/** The page of one deployment: what it answers, what its instances do, what they log. */
import { deployedHandler, expect, expectAccessibleInEveryLook, openSignedIn, signIn, test } from "../src/fixtures.ts";

const source = `let n = 0;
export default (request) => {
  const { pathname } = new URL(request.url);
  console.log("served " + pathname + " as number " + ++n);
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
  await expectAccessibleInEveryLook(page);
});
