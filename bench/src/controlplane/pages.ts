/** Pages of the dashboard, loaded and touched as a person does, measured by the browser itself. */
import { chromium, type Browser, type Page } from "@playwright/test";
import type { Fleet } from "./server.ts";

export type PageResult = {
  page: string;
  lcpMsP50: number;
  lcpMsP95: number;
  /** What it was that was painted last. */
  lcpElement: string;
  interactionMsP50: number;
  interactionMsP95: number;
  /** Transferred, compressed. */
  scriptKb: number;
};

type DashboardPage = {
  name: string;
  path: string;
  /** Something that is there when the page's data is. */ ready: string;
  touch: (page: Page) => Promise<void>;
};

const viewport = { width: 1360, height: 900 };

export function pagesOf({ builds }: Fleet): DashboardPage[] {
  const [a, b] = builds;
  const sortBy = (heading: string) => (page: Page) => page.getByRole("columnheader").getByRole("button", { name: heading }).first().click();
  return [
    { name: "handlers", path: "/handlers", ready: "table tbody tr", touch: sortBy("Name") },
    {
      name: "cold starts",
      path: "/cold-starts",
      ready: "text=Percentiles over time",
      touch: async (page) => void (await page.locator("select[aria-label=Start]").click()),
    },
    {
      name: "cold starts of a handler, all time",
      path: `/handlers/${a?.handlerId}?tab=cold-starts&window=all`,
      ready: "text=Percentiles over time",
      touch: async (page) => void (await page.locator("select[aria-label=Start]").click()),
    },
    {
      name: "compare",
      path: `/compare?handlerId=${a?.handlerId}&a=${a?.buildId}&b=${b?.buildId}`,
      ready: "text=By phase and memory",
      touch: (page) => page.getByRole("button", { name: "Swap A and B" }).click(),
    },
    {
      name: "deployments",
      path: "/deployments",
      ready: "table tbody tr, main article, main li",
      touch: (page) => page.locator("main").getByRole("button").first().click(),
    },
    { name: "builds", path: "/builds", ready: "table tbody tr", touch: (page) => page.locator("main select").first().click() },
    { name: "hosts", path: "/hosts", ready: "text=host-1", touch: (page) => page.keyboard.press("Control+k") },
  ];
}

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });

let cookies: Awaited<ReturnType<Awaited<ReturnType<Browser["newContext"]>>["cookies"]>> | undefined;

/** The administrator's session, signed in once. */
async function signIn(browser: Browser, url: string): Promise<NonNullable<typeof cookies>> {
  const context = await browser.newContext();
  const response = await context.request.post(`${url}/api/auth/sign-in/email`, {
    headers: { origin: url },
    data: { email: "bench@example.com", password: "correct horse battery" },
  });
  if (!response.ok()) throw new Error(`sign-in: ${response.status()} ${await response.text()}`);
  const found = await context.cookies();
  await context.close();
  return found;
}

type Observed = { lcp: { ms: number; element: string } | undefined; events: number[] };

/** Runs in the page, before anything of it: notes what the browser says. */
function observe(): void {
  const seen: Observed = { lcp: undefined, events: [] };
  (window as unknown as { observed: Observed }).observed = seen;
  new PerformanceObserver((list) => {
    const entry = list.getEntries().at(-1) as PerformanceEntry & { element?: Element };
    const text = entry.element?.textContent?.trim().slice(0, 40) ?? "";
    seen.lcp = { ms: entry.startTime, element: `${entry.element?.tagName.toLowerCase() ?? ""} ${text}`.trim() };
  }).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & { interactionId?: number })[]) if (entry.interactionId) seen.events.push(entry.duration);
  }).observe({ type: "event", durationThreshold: 16, buffered: true } as PerformanceObserverInit);
}

export async function measurePage(browser: Browser, url: string, { path, ready, touch }: DashboardPage) {
  cookies ??= await signIn(browser, url);
  const context = await browser.newContext({ viewport });
  try {
    await context.addCookies(cookies);
    await context.addInitScript(observe);
    const page = await context.newPage();
    await page.goto(`${url}${path}`);
    await page
      .locator(ready)
      .first()
      .waitFor()
      .catch(async (error: unknown) => {
        throw new Error(`${path} does not show ${ready}, but: ${(await page.locator("body").innerText()).slice(0, 1_000)}`, { cause: error });
      });
    // The observer is told at the next frames; until an interaction the largest paint may still be replaced.
    await settle(page);
    const read = () => page.evaluate(() => (window as unknown as { observed: Observed }).observed);
    const { lcp } = await read();
    const scriptBytes = await page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .filter((entry) => (entry as PerformanceResourceTiming).initiatorType === "script" || entry.name.endsWith(".js"))
        .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).transferSize, 0),
    );
    await touch(page);
    await settle(page);
    const { events } = await read();
    // Shorter than the least that is told (16 ms): counted as that.
    return { lcpMs: lcp?.ms ?? Number.NaN, lcpElement: lcp?.element ?? "", interactionMs: Math.max(16, ...events), scriptBytes };
  } finally {
    await context.close();
  }
}

/** No request under way for half a second, and two frames after that. */
async function settle(page: Page): Promise<void> {
  let last = performance.now();
  const busy = () => void (last = performance.now());
  page.on("request", busy).on("response", busy);
  while (performance.now() - last < 500) await page.waitForTimeout(50);
  page.off("request", busy).off("response", busy);
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}
