/** What the specs share: the stack's address, an account, and sessions that look after themselves. */
import AxeBuilder from "@axe-core/playwright";
import { expect, test as base, type BrowserContext, type Page } from "@playwright/test";

export const person = { name: "Ada Lovelace", email: "ada@example.com", password: "correct horse battery" };

export const test = base.extend<{ problems: string[] }>({
  // Playwright wants a pattern here, even an empty one.
  // oxlint-disable-next-line no-empty-pattern
  baseURL: async ({}, use) => use(process.env["ZEROSTART_E2E_URL"]),
  /** Errors of the page itself fail the test, whatever it looked at. */
  problems: [
    async ({ page }, use) => {
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(error.message));
      await use(problems);
      expect(problems).toEqual([]);
    },
    { auto: true },
  ],
});
export { expect };

let cookies: Awaited<ReturnType<BrowserContext["cookies"]>> = [];

/**
 * First visit: makes the admin account; then signs in once and keeps the session, as sign-ins are limited in number.
 * `fresh` makes a session of its own, for tests that end it. Ends on the list of handlers.
 */
export async function signIn(page: Page, fresh = false): Promise<void> {
  if (!fresh) await page.context().addCookies(cookies);
  await page.goto("/");
  const list = page.getByRole("heading", { name: "Handlers", level: 1 });
  const form = page.getByRole("button", { name: /Create account|Sign in/ });
  await expect(list.or(form)).toBeVisible();
  if (await list.isVisible()) return;
  if (page.url().includes("/setup")) await page.getByLabel("Name").fill(person.name);
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  await form.click();
  await expect(list).toBeVisible();
  if (!fresh) cookies = await page.context().cookies();
}

/** Axe finds nothing, and the page does not scroll sideways. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
}

/** Drops files on the drop zone as a file manager would. */
export async function dropFiles(page: Page, files: { name: string; content: string | number }[]): Promise<void> {
  const transfer = await page.evaluateHandle((list) => {
    const dt = new DataTransfer();
    // A number is a size: a large file is made here rather than sent over.
    for (const file of list) dt.items.add(new File([typeof file.content === "number" ? new Uint8Array(file.content) : file.content], file.name));
    return dt;
  }, files);
  await page.getByTestId("drop-zone").dispatchEvent("drop", { dataTransfer: transfer });
}

/** Replaces the text in the editor. */
export async function typeSource(page: Page, source: string): Promise<void> {
  const editor = page.getByRole("textbox", { name: /^Source of/ });
  await editor.click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(source);
}
