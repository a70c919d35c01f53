/** An experiment from its choices to its verdict, and the next one made of it. */
import { builtHandler, expect, expectAccessibleInEveryLook, openSignedIn, test } from "../src/fixtures.ts";

test("launch modes, and where a pool's process waits, compared on this host; then the choices are there to be changed", async ({ page }) => {
  await openSignedIn(page, "/");
  const { handlerId } = await builtHandler(page, "compared", `export default () => Response.json({ hello: "world" });\n`);
  await openSignedIn(page, `/experiments/new?handlerId=${handlerId}`);
  const waits = page.getByRole("group", { name: "Where a process of a pool waits" });
  await expect(waits).toHaveCount(0);
  await page.getByRole("checkbox", { name: /^embedded/ }).uncheck();
  await page.getByRole("checkbox", { name: /^clone/ }).check();
  await waits.getByRole("checkbox", { name: /^any/ }).check();
  await page.getByLabel("Runs of each variant").fill("20");
  for (const label of ["snapshot, defaults", "clone, defaults", "clone, affinity any"])
    await expect(page.getByRole("listitem").filter({ hasText: label })).toHaveCount(1);
  await expectAccessibleInEveryLook(page);
  await page.getByRole("button", { name: "Start the experiment" }).click();

  await expect(page).toHaveURL(/\/experiments\/[^/]+$/, { timeout: 30_000 });
  const result = page.getByRole("region", { name: "Total time by variant" });
  for (const label of ["snapshot, defaults", "clone, defaults", "clone, affinity any"])
    await expect(result.getByRole("row").filter({ hasText: label }).getByRole("cell").first()).toHaveText("20", { timeout: 120_000 });
  await expect(result.getByRole("row").filter({ hasText: "clone, defaults" })).toContainText("lower");
  await expectAccessibleInEveryLook(page);

  await page.getByRole("link", { name: "Change" }).click();
  await expect(page.getByRole("checkbox", { name: /^clone/ })).toBeChecked();
  await expect(waits.getByRole("checkbox", { name: /^any/ })).toBeChecked();
});
