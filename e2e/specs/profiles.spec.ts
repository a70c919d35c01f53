/** A start is traced from the dashboard: ordered, watched, looked at in every view and look, linked to and taken away. */
import { builtHandler, expect, expectAccessibleInEveryLook, openSignedIn, signIn, test } from "../src/fixtures.ts";

const source = `
function countPrimes(limit: number): number {
  let n = 0;
  for (let i = 2; i < limit; i++) { let p = true; for (let j = 2; j * j <= i; j++) if (i % j === 0) p = false; if (p) n++; }
  return n;
}
export default { fetch: () => Response.json({ primes: countPrimes(6000) }) };
`;

test.describe.configure({ mode: "serial" });
let handlerId: string;
let address: string;

test("an order from the empty list leads to a flame graph with the handler's own function", async ({ page }) => {
  await signIn(page);
  ({ handlerId } = await builtHandler(page, "primes-profile", source));
  await page.goto(`/profiles?handlerId=${handlerId}`);
  await expect(page.getByText("No start was traced yet")).toBeVisible();
  await page.getByRole("button", { name: "Trace a start" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Trace a start" });
  await expect(dialog.getByLabel("Build")).toHaveValue(/^bld_/);
  await dialog.getByLabel("Sampled starts").fill("40");
  await dialog.getByRole("button", { name: "Trace 40 starts" }).click();
  await page.waitForURL(/\/profiles\/trc_/);
  const tree = page.getByRole("tree", { name: /^Flame graph/ });
  await expect(tree).toBeVisible({ timeout: 90_000 });
  const own = tree.getByRole("treeitem", { name: /^countPrimes, Handler, / }).first();
  await expect(own).toBeVisible();
  await expect(tree.getByRole("treeitem", { name: /^interpreter\/run, Engine, / }).first()).toBeVisible();
  // What is chosen is in the address: whoever follows the link sees the same.
  await own.click();
  await expect(page).toHaveURL(/focus=[\d.]+/);
  address = page.url();
});

test("the flame graph by keyboard and search; kinds that are switched off; accessible in every look", async ({ page }) => {
  await openSignedIn(page, address);
  const tree = page.getByRole("tree", { name: /^Flame graph/ });
  const selected = tree.getByRole("treeitem", { selected: true });
  await expect(selected).toHaveAccessibleName(/^countPrimes, /);
  await selected.focus();
  await page.keyboard.press("ArrowUp");
  await expect(tree.locator(":focus")).toHaveAccessibleName(/^fetch, Handler, /);
  await page.keyboard.press("Enter");
  await expect(selected).toHaveAccessibleName(/^fetch, /);
  await page.keyboard.press("Escape");
  await expect(selected).toHaveAccessibleName(/^all starts/);
  await page.getByRole("searchbox", { name: "Search functions" }).fill("countprimes");
  await expect(page.getByText(/“countprimes” is in \d/)).toBeVisible();
  await page.getByRole("button", { name: "Engine" }).click();
  await expect(tree.getByRole("treeitem", { name: /, Engine, / })).toHaveCount(0);
  await expect(tree.getByRole("treeitem", { name: /^countPrimes, / }).first()).toBeVisible();
  await expectAccessibleInEveryLook(page);
});

test("the timeline: phases, system calls with arguments, page faults; zoomed by phase; accessible in every look", async ({ page }) => {
  await openSignedIn(page, `${address.split("?")[0]}?tab=timeline`);
  const timeline = page.getByRole("group", { name: /^Timeline of a start/ });
  // Calls that follow each other closely lie upon one another at this scale: the keyboard reaches each.
  await timeline.getByRole("button", { name: /^listen\(\d+, \d+\), Result 0, / }).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/event=s\d+/);
  await page.keyboard.press("ArrowRight");
  await expect(timeline.locator(":focus")).toHaveAccessibleName(/Took/);
  await timeline.getByRole("button", { name: /^Phase First request, / }).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/from=\d+.*to=\d+/);
  await expect(timeline.getByRole("button", { name: /^Phase Spawn, / })).toHaveCount(0);
  await page.getByRole("button", { name: "Whole start" }).click();
  await expect(timeline.getByRole("button", { name: /^Phase Spawn, / })).toBeVisible();
  await expect(page.getByRole("region", { name: "System calls" }).getByText("seccomp")).toBeVisible();
  await expect(
    page
      .getByRole("region", { name: "Page faults" })
      .getByText(/^linear memory/)
      .first(),
  ).toBeVisible();
  await expectAccessibleInEveryLook(page);
});

test("hot functions are sorted and lead back to the flame graph; another trace is compared; files are taken away", async ({ page }) => {
  await openSignedIn(page, `${address.split("?")[0]}?tab=functions`);
  const table = page.getByRole("region", { name: "Functions by time of their own" });
  await table.getByRole("button", { name: "Total" }).click();
  await table.getByRole("button", { name: "countPrimes", exact: true }).click();
  await expect(page.getByRole("tree", { name: /^Flame graph/ })).toBeVisible();
  await expect(page.getByRole("searchbox", { name: "Search functions" })).toHaveValue("countPrimes");
  const first = page.url();
  await page.getByRole("button", { name: "Trace again" }).click();
  await page.waitForURL((url) => url.pathname.startsWith("/profiles/trc_") && !first.includes(url.pathname));
  await expect(page.getByRole("tree", { name: /^Flame graph/ })).toBeVisible({ timeout: 90_000 });
  await page.getByRole("tab", { name: "Compare" }).click();
  await page.getByLabel("The other trace").selectOption({ index: 1 });
  await expect(page.getByRole("region", { name: "Functions of two traces" }).getByRole("row", { name: /^countPrimes Handler/ })).toBeVisible();
  await expectAccessibleInEveryLook(page);
  for (const [link, what] of [
    ["JSON", "countPrimes"],
    ["speedscope", "https://www.speedscope.app/file-format-schema.json"],
    ["Chrome trace", "traceEvents"],
  ] as const) {
    const href = await page.getByRole("link", { name: link, exact: true }).getAttribute("href");
    const response = await page.request.get(new URL(href ?? "", page.url()).href);
    expect(response.status()).toBe(200);
    expect(await response.text()).toContain(what);
  }
  await page.getByRole("button", { name: "Delete trace" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete trace" }).click();
  await page.waitForURL(/\/profiles\?handlerId=/);
  await expect(page.getByRole("region", { name: "Traces" }).getByRole("row", { name: /primes-profile/ })).toHaveCount(1);
  await expectAccessibleInEveryLook(page);
});
