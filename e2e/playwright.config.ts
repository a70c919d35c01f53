import { defineConfig } from "@playwright/test";

/**
 * The real stack: control plane, agent and native builds in a temporary data folder, on a free port (src/stack.ts starts
 * them once for the run). Debian's Chromium; nothing is downloaded.
 */
export default defineConfig({
  testDir: "specs",
  outputDir: "test-results",
  globalSetup: "./src/stack.ts",
  // One stack, and two cores: tests follow each other, and those that belong together share what the first made.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    viewport: { width: 1360, height: 900 },
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--headless",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
});
