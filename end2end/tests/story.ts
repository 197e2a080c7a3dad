// The story that the product exists for, told once for browsers with JavaScript and once without.
import { type Page } from "@playwright/test";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answer, answerButton, expect, openItems, openQueue, signIn, signOut, test, type Program } from "./support";
import { endFreeze, restrictAndLift, retainAndEnd, setFreeze } from "./requests";

export function tellTheStory(): void {
  test.describe.configure({ mode: "serial" });
  let queue = "";
  let items: string[] = [];
  const answered: Record<string, string> = {};

  const status = (page: Page) => page.locator("main").first();

  test("a manager signs in and finds a queue with recommendations ready", async ({ page, program }) => {
    await signIn(page, program, "manager");
    queue = await openQueue(page, program);
    items = await openItems(page, program, queue, Infinity);
    expect(items.length).toBeGreaterThanOrEqual(6);
    await page.goto(`${program.url}/items/${items[0]}`);
    await expect(page.getByText(/recommended/i).first()).toBeVisible();
    // Whatever is in somebody's queue is theirs to answer; if it is not, the page's own words say why.
    await expect(answerButton(page, "approve"), await status(page).innerText()).toBeVisible();
    await expect(answerButton(page, "revoke")).toBeVisible();
    await expect(answerButton(page, "escalate")).toBeVisible();
  });

  test("approves one, revokes one, escalates one and undoes one", async ({ page, program }) => {
    await signIn(page, program, "manager");
    await answer(page, program, items[0], "approve");
    answered.approve = items[0];
    await answer(page, program, items[1], "revoke");
    answered.revoke = items[1];
    await answer(page, program, items[2], "escalate");
    answered.escalate = items[2];
    await answer(page, program, items[3], "revoke");
    await page.goto(`${program.url}/items/${items[3]}`);
    const undone = page.waitForResponse((response) => response.url().endsWith(`/items/${items[3]}/undo`));
    await page.locator(`form[action="/items/${items[3]}/undo"] button`).first().click();
    expect((await undone).status()).toBe(303);
    await page.goto(`${program.url}/items/${items[3]}`);
    await expect(answerButton(page, "approve")).toBeVisible();
  });

  test("overrides a recommendation, and the answers stand when the page is opened again", async ({ page, program }) => {
    await signIn(page, program, "manager");
    // What looks right stands last in the queue.
    for (const item of items.slice(4).reverse()) {
      await page.goto(`${program.url}/items/${item}`);
      const text = (await status(page).innerText()).toLowerCase();
      const approve = /approve\s+recommended/.test(text);
      const revoke = /revoke\s+recommended/.test(text);
      if (!approve && !revoke) continue;
      await answer(page, program, item, approve ? "revoke" : "approve");
      answered.override = item;
      break;
    }
    expect(answered.override, "an item with a verdict to override").toBeTruthy();
    await page.goto(`${program.url}/items/${answered.revoke}`);
    await expect(page.locator(`form[action="/items/${answered.revoke}/undo"]`).first()).toBeAttached();
  });

  test("a form that is sent twice is answered twice and done once", async ({ page, program }) => {
    await signIn(page, program, "manager");
    const item = items[3];
    await page.goto(`${program.url}/items/${item}`);
    const form = page.locator(`form[action="/items/${item}/decide"]`).first();
    const fields = await form.evaluate((element) => {
      const data = new FormData(element as HTMLFormElement);
      return Object.fromEntries([...data.entries()].map(([name, value]) => [name, String(value)]));
    });
    const send = () =>
      page.request.post(`${program.url}/items/${item}/decide`, {
        form: { ...fields, answer: "approve" },
        headers: { origin: program.url },
        maxRedirects: 0,
      });
    const [first, second] = [await send(), await send()];
    expect([first.status(), second.status()]).toEqual([303, 303]);
    const late = await page.request.post(`${program.url}/items/${item}/decide`, {
      form: { ...fields, attempt: fields.attempt.replace(/.$/, (c) => (c === "0" ? "1" : "0")), answer: "revoke" },
      headers: { origin: program.url },
      maxRedirects: 0,
    });
    expect(late.status(), "a late form is answered with what is true now").toBe(409);
  });

  test("the owner sees the campaign move and closes it after a look at what closing removes", async ({ page, program }) => {
    await signIn(page, program, "owner");
    const campaign = queue.replace("/reviews/", "/campaigns/");
    await page.goto(program.url + campaign);
    await expect(page.getByText(/revoke/i).first()).toBeVisible();
    await page.goto(`${program.url}${campaign}/close`);
    const form = page.locator(`form[action="${campaign}/close"]`).first();
    const acknowledge = form.locator('input[name="acknowledge"]');
    if (await acknowledge.count()) await acknowledge.first().check();
    const closed = page.waitForResponse((response) => response.url().endsWith(`${campaign}/close`) && response.request().method() === "POST");
    await form.locator('button[type="submit"], button:not([type])').last().click();
    expect((await closed).status()).toBe(303);
  });

  test("removals leave as a ticket and are proven by the next reading", async ({ page, program }) => {
    // The desk works every three seconds, and a reading follows: on a busy machine that takes longer than a click.
    test.setTimeout(180_000);
    await signIn(page, program, "owner");
    const campaign = queue.replace("/reviews/", "/campaigns/");
    // The simulated ticket desk works and the source is read again while the demo runs. Where nobody else holds what was
    // revoked, the brake asks a second person first: the owner, who did not decide it.
    await expect(async () => {
      await page.goto(program.url + campaign);
      const held = page.locator('form[action^="/orders/"][action$="/release"] button');
      if (await held.count()) {
        const released = page.waitForResponse((response) => response.url().endsWith("/release"));
        await held.first().click();
        expect((await released).status()).toBe(303);
      }
      const text = await status(page).innerText();
      expect(text).toMatch(/proven gone[\s\S]{0,40}?[1-9]/i);
    }).toPass({ timeout: 120_000, intervals: [1_000] });
  });

  test("the auditor reads the whole history and can change nothing", async ({ page, program }) => {
    await signIn(page, program, "auditor");
    await page.goto(`${program.url}/history`);
    const grants = await page.locator('a[href^="/history/"]').evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
    expect(grants.length).toBeGreaterThan(0);
    await page.goto(`${program.url}/items/${answered.revoke}`);
    await expect(page.locator(`form[action$="/decide"]`)).toHaveCount(0);
    const write = await page.request.post(`${program.url}/items/${answered.revoke}/decide`, {
      form: { answer: "approve", attempt: "01932c07-1f0e-7a3b-8000-3b9aca000001", expected_version: "1", shown: "" },
      headers: { origin: program.url },
      maxRedirects: 0,
    });
    expect(write.status(), "what one may not do does not exist").toBe(404);
  });

  test("the compliance officer makes a pack, verify says that it is whole, and a changed bit is named", async ({ page, program }) => {
    await signIn(page, program, "compliance");
    await page.goto(`${program.url}/evidence`);
    await page.locator('form[action^="/evidence/"][action$="/make"] button').first().click();
    const link = page.locator('a[href^="/evidence/packs/"]').first();
    await expect(async () => {
      await page.goto(`${program.url}/evidence`);
      await expect(link).toBeVisible({ timeout: 1_000 });
    }).toPass({ timeout: 60_000 });
    const href = await link.getAttribute("href");
    const answer = await page.request.get(program.url + href);
    expect(answer.status()).toBe(200);
    const pack = join(program.folder, "from-the-browser.zip");
    writeFileSync(pack, await answer.body());
    const said = execFileSync(program.binary, ["verify", pack], { encoding: "utf8" });
    expect(said).toMatch(/whole/);
    expect(said).toMatch(/signer not established/);
    const bytes = readFileSync(pack);
    bytes[Math.floor(bytes.length / 2)] ^= 1;
    writeFileSync(pack, bytes);
    const broken = spawnSync(program.binary, ["verify", pack], { encoding: "utf8" });
    expect(broken.status).toBe(1);
    expect(broken.stdout).toMatch(/FAILED/);
  });

  test("a freeze window is set and taken out, and a request about personal data is answered and taken back", async ({ page, program }) => {
    await setFreeze(page, program);
    await endFreeze(page, program);
    await signOut(page);
    await restrictAndLift(page, program);
    await retainAndEnd(page, program);
  });

  test("signing out ends the session", async ({ page, program }) => {
    await signIn(page, program, "manager");
    // Opening another page at once would take the request back.
    const ended = page.waitForResponse((response) => response.url().endsWith("/session/end"));
    await page.locator('form[action="/session/end"] button').first().click();
    expect((await ended).status()).toBe(303);
    await page.goto(`${program.url}/reviews`);
    await expect(page).toHaveURL(/\/sign-in/);
    await signOut(page);
  });
}

export type { Program };
