/** What the specs share: the stack's address, an account, and sessions that look after themselves. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { expect, test as base, type BrowserContext, type Page } from "@playwright/test";

export const person = { name: "Ada Lovelace", email: "ada@example.com", password: "correct horse battery" };

export const test = base.extend<{ problems: string[] }>({
  // Playwright wants a pattern here, even an empty one.
  // oxlint-disable-next-line no-empty-pattern
  baseURL: async ({}, use) => use(process.env["ZEROSTART_E2E_URL"]),
  /** Pages are whole before they are alive: whoever acts at once after a load would act on what does not listen yet. */
  page: async ({ page }, use) => {
    const alive = () =>
      page.waitForFunction(() => document.documentElement.dataset["alive"] !== undefined || document.querySelector("script[src*='/_next/']") === null);
    for (const load of ["goto", "reload"] as const) {
      const plain = page[load].bind(page) as (...args: unknown[]) => Promise<never>;
      page[load] = async (...args: unknown[]) => {
        const response = await plain(...args);
        await alive();
        return response;
      };
    }
    await use(page);
  },
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

/** A page of the console, with the session that there is, without a detour over the list of handlers. */
export async function openSignedIn(page: Page, path: string): Promise<void> {
  if (cookies.length === 0) await signIn(page);
  await page.context().addCookies(cookies);
  await page.goto(path);
}

/** Axe finds nothing, and the page does not scroll sideways. `coloursOnly` for a look that differs in nothing else. */
async function expectAccessible(page: Page, coloursOnly = false): Promise<void> {
  // Legacy mode: the pages have no frames of other origins, and without it every analysis opens a page of its own.
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  const { violations } = await (coloursOnly ? axe.withRules(["color-contrast", "link-in-text-block"]) : axe).analyze();
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
}

const looks = [
  { name: "light", colorScheme: "light", width: 1360 },
  { name: "dark", colorScheme: "dark", width: 1360 },
  { name: "phone", colorScheme: "light", width: 390 },
] as const;

/** Each page is loaded once and looked at in every way. */
export async function expectAccessibleInEveryLook(page: Page): Promise<void> {
  for (const { name, colorScheme, width } of looks) {
    await test.step(name, async () => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 844 });
      await expect(page.locator("html.dark")).toHaveCount(colorScheme === "dark" ? 1 : 0);
      await expectAccessible(page, name === "dark");
    });
  }
}

export const root = join(import.meta.dirname, "../..");

/** Run a script of the repository to its end. */
export function command(script: string, args: string[], env: Record<string, string> = {}): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, script), ...args], { env: { ...process.env, ...env }, timeout: 90_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

/** A procedure of the API with the session of `page`. Rejects with the error's message. */
export async function call<T>(page: Page, kind: "query" | "mutation", procedure: string, input: object = {}): Promise<T> {
  const url = `${process.env["ZEROSTART_E2E_URL"]}/api/trpc/${procedure}`;
  const response = kind === "query" ? await page.request.get(url, { params: { input: JSON.stringify(input) } }) : await page.request.post(url, { data: input });
  const body = (await response.json()) as { result?: { data: T }; error?: { message: string } };
  if (!body.result) throw new Error(body.error?.message ?? `${procedure} answered ${response.status()}`);
  return body.result.data;
}

/** Asks until the answer is there. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined | false | null>, timeoutMs = 60_000): Promise<T> {
  let found: T | undefined | false | null;
  await expect.poll(async () => Boolean((found = await look())), { message: what, timeout: timeoutMs, intervals: [50, 100, 250] }).toBe(true);
  return found as T;
}

type Build = { id: string; state: string; error: string | null; artifact: { sha256: string } | null };
type Deployment = { url: string | null; instances: { state: string; reason: string | null }[] };
export const deployment = (page: Page, deploymentId: string) => call<Deployment>(page, "query", "deployments.get", { deploymentId });

const ownTarget = process.arch === "arm64" ? "aarch64-linux-musl" : "x86_64-linux-musl";

/** A handler, built as a snapshot, for this machine unless a target is given, by way of the API. */
export async function builtHandler(page: Page, name: string, content: string, target = ownTarget): Promise<{ handlerId: string; build: Build }> {
  const { handlerId } = await call<{ handlerId: string }>(page, "mutation", "handlers.create", {
    name,
    files: [{ path: "index.ts", content }],
    entry: "index.ts",
  });
  const { builds } = await call<{ builds: { buildId: string }[] }>(page, "mutation", "builds.start", { handlerId, targets: [target], modes: ["snapshot"] });
  const build = await eventually(
    `${name} is built`,
    async () => {
      const now = await call<Build>(page, "query", "builds.get", { buildId: builds[0]!.buildId });
      return ["succeeded", "failed", "cancelled"].includes(now.state) && now;
    },
    150_000,
  );
  expect(build.error).toBeNull();
  return { handlerId, build };
}

/** Deployed and answering. */
export async function deployedHandler(page: Page, name: string, content: string): Promise<{ handlerId: string; deploymentId: string; url: string }> {
  const { handlerId, build } = await builtHandler(page, name, content);
  const { deploymentId } = await call<{ deploymentId: string }>(page, "mutation", "deployments.create", { buildId: build.id });
  const url = await eventually(`${name} answers`, async () => (await deployment(page, deploymentId)).url);
  return { handlerId, deploymentId, url };
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
