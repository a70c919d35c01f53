import { defineConfig } from "@playwright/test";
import base from "./playwright.config.ts";

/** Pictures for the README: `npm run screenshots`. */
export default defineConfig({ ...base, testDir: "screenshots", testMatch: "*.screenshots.ts" });
