// The browser that is installed drives the program that was just built. `make test` gives the
// program's path in COUNTERSIGN_BIN.
import { defineConfig } from "@playwright/test";
import { execFileSync } from "node:child_process";

function installed(names: string[]): string {
  for (const name of names) {
    try {
      return execFileSync("which", [name], { encoding: "utf8" }).trim();
    } catch {
      // The next name.
    }
  }
  throw new Error(`None of ${names.join(", ")} is installed; \`make setup\` installs Chromium.`);
}

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  // Two cores: a browser and the program.
  workers: 1,
  fullyParallel: false,
  // A test that holds only on a second try does not hold.
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    locale: "en-GB",
    timezoneId: "Europe/Zurich",
    // Recording every step takes a sixth of the processor's time. COUNTERSIGN_TRACE=1 records those of tests that fail.
    trace: process.env.COUNTERSIGN_TRACE ? "retain-on-failure" : "off",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: installed(["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
});
