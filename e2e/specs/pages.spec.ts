/** Every page, light, dark and at phone width: nothing for axe to find, nothing scrolls sideways; keyboard and tokens. */
import { builtHandler, expect, expectAccessibleInEveryLook, openSignedIn, signIn, test } from "../src/fixtures.ts";

const paths = [
  "/",
  "/handlers/new",
  "/builds",
  "/deployments",
  "/cold-starts",
  "/compare",
  "/experiments",
  "/experiments/new",
  "/profiles",
  "/alerts",
  "/playground",
  "/hosts",
  "/settings",
  "/settings?tab=agents",
  "/settings?tab=people",
  "/settings?tab=project",
  "/settings?tab=account",
  "/settings?tab=toolchain",
  "/settings?tab=audit",
];

test("sign-in is accessible: light, dark, phone", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("heading", { level: 1, name: /Create the admin account|Sign in/ }).waitFor();
  await expectAccessibleInEveryLook(page);
});

for (const path of paths) {
  test(`${path} is accessible: light, dark, phone`, async ({ page }) => {
    await openSignedIn(page, path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await expect(page.locator("[role=status][aria-label=Loading]")).toHaveCount(0, { timeout: 30_000 });
    await expectAccessibleInEveryLook(page);
  });
}

test("a page comes with its data: nothing has to be asked again, and it reads without scripts", async ({ page }) => {
  await signIn(page);
  await builtHandler(page, "first-paint", "export default () => new Response('x')");
  const asked: string[] = [];
  page.on("request", (request) => {
    const [, procedures] = /\/api\/trpc\/([\w.,]+)/.exec(request.url()) ?? [];
    if (procedures && procedures !== "changes") asked.push(procedures);
  });
  const html = await (await page.request.get("/")).text();
  expect(html.slice(0, html.indexOf("self.__next_f"))).toContain("first-paint");
  // What changes meanwhile on a host is asked for, so it may take a second look.
  const askedOfAll = async () => {
    asked.length = 0;
    await page.goto("/");
    await expect(page.getByRole("link", { name: "first-paint" })).toBeVisible();
    return asked;
  };
  await expect.poll(askedOfAll, { timeout: 60_000 }).toEqual([]);
});

test("command palette and shortcuts", async ({ page }) => {
  await signIn(page);
  await page.keyboard.press("ControlOrMeta+k");
  await page.getByPlaceholder("Search handlers, pages, actions").fill("hosts");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Hosts", level: 1 })).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await expect(page.getByRole("heading", { name: "Cold starts", level: 1 })).toBeVisible();
});

test("an API token is shown once, works, and stops when revoked", async ({ page, request, baseURL }) => {
  await signIn(page);
  await page.goto("/settings");
  await page.getByLabel("Name").fill("revocable");
  await page.getByRole("button", { name: "Create token" }).click();
  const token = await page.getByTestId("secret").innerText();
  const list = () => request.get(`${baseURL}/api/trpc/handlers.list`, { headers: { authorization: `Bearer ${token}` } });
  expect((await list()).status()).toBe(200);
  await page.reload();
  await expect(page.getByText(token)).toHaveCount(0);
  const row = page.getByRole("row", { name: /revocable/ });
  await row.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
  await expect(row).toHaveCount(0);
  const after = await list();
  expect(after.status()).toBe(401);
  expect(await after.text()).toContain("revoked");
});

test("sign-in says what is wrong, and a foreign next address is not followed", async ({ page }) => {
  await signIn(page, true);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/sign-in/);
  await page.goto("/sign-in?next=//evil.example/");
  await page.getByLabel("Email").fill("ada@example.com");
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert").first()).toContainText("The address or the password is wrong.");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Handlers", level: 1 })).toBeVisible();
});
