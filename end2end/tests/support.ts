// The program under test, and what people do with it.
//
// Each file of tests starts its own program on a fresh folder and a free port, and ends it: it names
// itself with `test.use({ own: "…" })`, without which Playwright gives several files one worker, and
// with it one program whose campaign another file has closed. Pages are found by what they do (the address a form goes to, the answer a button gives), so that the
// words can be bettered without changing a test.
import { test as base, expect, type Locator, type Page } from "@playwright/test";
import AxeBuilder from "@axe-core/playwright";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export { expect };

export interface Program {
  url: string;
  binary: string;
  folder: string;
  people: Record<Part, string>;
}

export type Part = "manager" | "secondManager" | "owner" | "administrator" | "compliance" | "auditor";

const PARTS: [RegExp, Part[]][] = [
  [/manager/, ["manager", "secondManager"]],
  [/campaign owner/, ["owner"]],
  [/administrator/, ["administrator"]],
  [/compliance officer/, ["compliance"]],
  [/internal auditor/, ["auditor"]],
];

async function start(): Promise<{ program: Program; stop: () => Promise<void> }> {
  const binary = process.env.COUNTERSIGN_BIN;
  if (!binary) throw new Error("COUNTERSIGN_BIN names no program; `make test` sets it.");
  const folder = mkdtempSync(join(tmpdir(), "countersign-end2end-"));
  const child: ChildProcess = spawn(binary, ["demo", "--data", folder, "--people", "100", "--seed", "7", "--port", "0"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  let complained = "";
  child.stderr?.on("data", (bytes: Buffer) => (complained += bytes.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", (bytes: Buffer) => {
      said += bytes.toString();
      const ready = /Countersign is ready: (\S+)[\s\S]*Stop with/.exec(said);
      if (ready) resolve(ready[1].replace(/\/$/, ""));
    });
    child.once("exit", (code) => reject(new Error(`the program ended with ${code}\n${said}\n${complained}`)));
  });
  const people: Partial<Record<Part, string>> = {};
  for (const line of said.split("\n")) {
    const found = /^ {2}(\S.*?) {2,}(.*)$/.exec(line);
    if (!found) continue;
    for (const [what, parts] of PARTS) {
      const free = parts.find((part) => !(part in people));
      if (what.test(found[2]) && free) people[free] = found[1].trim();
    }
  }
  const stop = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.removeAllListeners("exit");
    child.once("exit", () => undefined);
    child.kill("SIGTERM");
    await Promise.race([ended, new Promise((resolve) => child.once("exit", resolve))]);
    rmSync(folder, { recursive: true, force: true });
  };
  return { program: { url, binary, folder, people: people as Record<Part, string> }, stop };
}

// What the browser complained about fails the test.
export const test = base.extend<{ complaints: string[] }, { own: string; program: Program }>({
  own: ["", { scope: "worker", option: true }],
  program: [
    async ({ own }, use) => {
      if (!own) throw new Error('Each file of tests names itself, as in test.use({ own: "pages" }), to have its own program.');
      const { program, stop } = await start();
      await use(program);
      await stop();
    },
    { scope: "worker", timeout: 180_000 },
  ],
  baseURL: async ({ program }, use) => use(program.url),
  complaints: [
    async ({ page, javaScriptEnabled }, use) => {
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") complaints.push(`${message.type()}: ${message.text()}`);
      });
      page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
      await use(complaints);
      // A refused form answers 409 or 422, which Chromium reports as a failed load; that is the answer meant.
      const meant = [/the server responded with a status of (404|409|422)/];
      // Nothing uses the browser part where scripts are off, which Chromium notices on pages that stay open for some seconds.
      if (!javaScriptEnabled) meant.push(/_bg\.wasm was preloaded using link preload but not used/);
      const real = complaints.filter((text) => !meant.some((pattern) => pattern.test(text)));
      expect(real, "what the browser complained about").toEqual([]);
    },
    { auto: true },
  ],
});

export async function signIn(page: Page, program: Program, part: Part): Promise<void> {
  await page.goto(`${program.url}/sign-in`);
  await page.locator('a[href^="/sign-in/start"]').first().click();
  await page.getByRole("button", { name: program.people[part] }).first().click();
  await page.waitForURL((url) => url.origin === program.url && !url.pathname.startsWith("/sign-in"));
  await expect(page.locator('form[action="/session/end"]').first()).toBeAttached();
}

export async function signOut(page: Page): Promise<void> {
  await page.context().clearCookies();
}

// Opens the manager's queue and gives the address of the campaign.
export async function openQueue(page: Page, program: Program): Promise<string> {
  await page.goto(`${program.url}/reviews`);
  const link = page.locator('a[href^="/reviews/"]').first();
  await link.click();
  await page.waitForURL(/\/reviews\/[0-9a-f-]{36}/);
  return new URL(page.url()).pathname;
}

// Open items of the queue, as their ids, cause by cause in the queue's order, until there are as many as are wanted; without those
// that were drawn by chance to be judged before what is recommended shows (judged-first.spec.ts has those).
export async function openItems(page: Page, program: Program, queue: string, wanted = 25): Promise<string[]> {
  await page.goto(program.url + queue);
  const causes = await page.locator('a[href*="cause="]:not([href*="judged-first"])').evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
  const items = new Set<string>();
  for (const cause of causes) {
    await page.goto(new URL(cause, program.url + queue).toString());
    const found = await page.locator('a[href*="item="]').evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
    for (const href of found) {
      const id = /item=([0-9a-f-]{36})/.exec(href)?.[1];
      if (id) items.add(id);
    }
    if (items.size >= wanted) break;
  }
  return [...items];
}

export function answerButton(page: Page, answer: "approve" | "revoke" | "escalate"): Locator {
  return page.locator(`button[name="answer"][value="${answer}"]`).first();
}

// Gives an answer on the item's own page and waits until the program has acknowledged it.
export async function answer(page: Page, program: Program, item: string, which: "approve" | "revoke" | "escalate"): Promise<void> {
  await page.goto(`${program.url}/items/${item}`);
  const acknowledged = page.waitForResponse((response) => response.url().endsWith(`/items/${item}/decide`));
  await answerButton(page, which).click();
  expect((await acknowledged).status()).toBe(303);
  // The page says what was done, with the way to take it back, before anything else is asked of it.
  await expect(page.locator(`form[action="/items/${item}/undo"]`).first()).toBeAttached();
}

// What axe finds wrong, in words.
export async function accessible(page: Page): Promise<void> {
  const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  const words = found.violations.map((v) => `${v.id}: ${v.help} (${v.nodes.map((n) => n.target.join(" ")).join("; ")})`);
  expect(words, page.url()).toEqual([]);
}

export const SHOTS = join(import.meta.dirname, "..", "shots");

// The page that is open, on a phone and on a desk, light and dark: nothing hangs over the edge, axe finds nothing, and a picture of
// each lies in shots/. Both widths and both schemes are looked at by axe, not every pair of them: that is where the time goes.
export async function look(page: Page, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true });
  for (const [width, height, checked] of [[390, 844, "light"], [1440, 900, "dark"]] as const) {
    await page.setViewportSize({ width, height });
    for (const scheme of ["light", "dark"] as const) {
      // Nothing is half-way from one colour to another.
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      if (scheme === checked) await accessible(page);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(over, `${name} at ${width} hangs over the edge`).toBeLessThanOrEqual(0);
      await page.screenshot({ path: join(SHOTS, `${name}-${width}-${scheme}.png`), fullPage: true });
    }
  }
}

/** What `answerAll` revokes, every how manieth item or those whose heading the pattern finds, and the most items it looks at. */
export type Answers = { revoke: number | string; most?: number };

/**
 * Answers what waits for the reviewer in a campaign, as each item's page does, without waiting for pictures. Gives how many
 * answers were taken.
 */
export async function answerAll(page: Page, campaign: string, answers: Answers): Promise<number> {
  return page.evaluate(
    async ({ campaign, answers }) => {
      const read = async (address: string) => new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
      const ids = new Set<string>();
      let next: string | null = `/reviews/${campaign}?cause=all`;
      while (next) {
        const list: Document = await read(next);
        for (const link of list.querySelectorAll('tr.waiting a[href*="item="]')) {
          ids.add(/item=([0-9a-f-]{36})/.exec(link.getAttribute("href") ?? "")![1]);
        }
        next = list.querySelector('a[rel="next"][href*="after="]')?.getAttribute("href") ?? null;
      }
      let done = 0;
      for (const id of [...ids].slice(0, answers.most)) {
        const item = await read(`/items/${id}`);
        const form = item.querySelector<HTMLFormElement>(`form[action="/items/${id}/decide"]`);
        if (!form) continue;
        const fields = new URLSearchParams();
        for (const field of form.querySelectorAll<HTMLInputElement>('input[type="hidden"], input[type="radio"][checked]')) {
          fields.append(field.name, field.value);
        }
        const { revoke } = answers;
        const ends =
          typeof revoke === "number"
            ? done % revoke === revoke - 1
            : new RegExp(revoke).test(item.querySelector("h1")?.textContent ?? "");
        fields.append("answer", ends ? "revoke" : "approve");
        const sent = await fetch(`/items/${id}/decide`, { method: "POST", body: fields, redirect: "manual" });
        if (sent.type === "opaqueredirect") done += 1;
      }
      return done;
    },
    { campaign, answers },
  );
}
