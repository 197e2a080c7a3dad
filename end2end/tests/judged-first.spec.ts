// Items that are judged before what is recommended shows (rule 30): the preview says how many, the queue and the item tell nothing of the
// verdict, and after the answer it stands beside it, with and without JavaScript.
import { type Page } from "@playwright/test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, signIn, start, test as base, type Installation } from "./installation";
import { look } from "./support";

const PEOPLE = {
  ada: { name: "Ada Lindqvist", email: "ada@meridian.example", groups: ["access-reviewers"] },
  olu: { name: "Olu Adeyemi", email: "olu@meridian.example", groups: ["access-review-owners"] },
  ines: { name: "Inês Carvalho", email: "ines@meridian.example", groups: ["it-administrators"] },
};
const ROLES = { "access-reviewers": "reviewer", "access-review-owners": "owner", "it-administrators": "administrator" };

// Some access that is used and common, some that nobody used for long.
function files(folder: string): void {
  mkdirSync(folder);
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  const staff = ["Bob Hale", "Cem Aydın", "Dora Novák", "Emeka Obi", "Freya Lund", "Gita Rao"];
  const all = {
    "people.csv": [
      "person_id,name,email,title,department,manager_id,status,start",
      "ada,Ada Lindqvist,ada@meridian.example,Head of payables,Finance,,active,2019-01-01",
      ...staff.map((name, n) => `p${n},${name},p${n}@meridian.example,Payables clerk,Finance,ada,active,2020-01-01`),
    ],
    "entitlements.csv": [
      "entitlement_id,name,application,sensitivity,owner_id",
      "read,Read suppliers,Ledgerline,low,ada",
      "old,Archive of 2019,Ledgerline,low,ada",
    ],
    "grants.csv": [
      "person_id,entitlement_id,path,granted_on",
      ...staff.map((_, n) => `p${n},read,direct,2022-03-01`),
      ...[0, 1].map((n) => `p${n},old,direct,2022-03-01`),
    ],
    "usage.csv": [
      "person_id,entitlement_id,last_used,days_used,window_days,grain",
      ...staff.map((_, n) => `p${n},read,${day(2 + n)},40,365,entitlement`),
      ...[0, 1].map((n) => `p${n},old,,0,365,entitlement`),
    ],
  };
  for (const [name, lines] of Object.entries(all)) writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
}

const test = base.extend<object, { installation: Installation }>({
  installation: [
    async ({}, use) => {
      const { installation, stop } = await start({
        people: PEOPLE,
        roles: ROLES,
        more: async (folder) => {
          files(join(folder, "files"));
          const source = ["[[sources]]", 'name = "Directory"', `folder = ${JSON.stringify(join(folder, "files"))}`];
          // So few items that all are drawn.
          return { lines: ["[policy]", "blind_share = 100", ...source], stop: async () => undefined };
        },
      });
      await use(installation);
      await stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

test.describe.configure({ mode: "serial" });
test.setTimeout(240_000);

let campaign = "";

// Everything by which a page could tell what is recommended.
async function tellsNothing(page: Page): Promise<void> {
  for (const told of ["Needs your judgement", "Probably not needed", "Looks right", "How was this computed?", "Must not wait", "Not used for a long time", "Never seen in use"]) {
    await expect(page.getByText(told)).toHaveCount(0);
  }
  for (const trace of ["section.verdict.keep", "section.verdict.remove", "section.verdict.raise", "tr .tag.keep", "tr .tag.remove", 'a[href^="/recommendations/"]']) {
    await expect(page.locator(trace)).toHaveCount(0);
  }
}

async function waiting(page: Page, url: string): Promise<string[]> {
  await page.goto(`${url}/reviews/${campaign}`);
  const links = await page.locator('tr.waiting a[href*="item="]').evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
  return [...new Set(links.map((href) => /item=([0-9a-f-]{36})/.exec(href)![1]))];
}

async function answers(page: Page, item: string, which: string): Promise<void> {
  const done = page.waitForResponse((response) => response.url().endsWith(`/items/${item}/decide`));
  await page.locator(`button[name="answer"][value="${which}"]`).first().click();
  expect([200, 303]).toContain((await done).status());
  await expect(page.locator(`form[action="/items/${item}/undo"]`).first()).toBeAttached();
}

test("the owner is told how many items are judged first", async ({ page, context, installation }) => {
  const { url } = installation;
  await signIn(page, installation, "ines");
  await expect(async () => {
    await page.goto(`${url}/sources`);
    await page.locator('a[href^="/sources/"]').first().click();
    const read = page.locator('form[action$="/sync"] button').first();
    if (await page.getByText(/never read/i).count()) await read.click();
    await expect(page.getByText(/never read/i)).toHaveCount(0, { timeout: 2_000 });
  }).toPass({ timeout: 60_000 });
  await context.clearCookies();
  await signIn(page, installation, "olu");
  await page.goto(`${url}/campaigns/open`);
  await page.locator('input[name="name"]').fill("Autumn review");
  await page.locator('input[name="sources"]').first().check();
  await page.locator('input[name="scope"][value="all"]').check();
  await page.getByRole("button", { name: "See what it would ask" }).click();
  await expect(page.getByText("About 8 of 8 items are drawn by chance, 100 in 100, to be judged first")).toBeVisible();
  await look(page, "open-judged-first");
  await page.getByRole("button", { name: "Open it and ask the reviewers" }).click();
  await page.waitForURL(/\/campaigns\/[0-9a-f-]{36}$/);
  campaign = new URL(page.url()).pathname.replace("/campaigns/", "");
  await expect(page.getByText("8 items drawn by chance, 100 in 100")).toBeVisible();
  await look(page, "campaign-judged-first");
});

test("neither queue nor item tell the verdict, and after the answer it stands beside it", async ({ page, installation }) => {
  const { url } = installation;
  await signIn(page, installation, "ada");
  const items = await waiting(page, url);
  expect(items.length).toBe(8);
  await expect(page.getByRole("heading", { name: "Before you see what we recommend" })).toBeVisible();
  await page.goto(`${url}/reviews/${campaign}?item=${items[0]}`);
  await expect(page.getByText("You are asked to judge this one first. What we recommend shows after your answer.")).toBeVisible();
  await tellsNothing(page);
  await look(page, "queue-judged-first");
  await page.goto(`${url}/items/${items[0]}`);
  await expect(page.getByText("You are asked to judge this one first.")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Use", exact: true })).toBeVisible();
  await tellsNothing(page);
  await look(page, "item-judged-first");
  await page.goto(`${url}/items/${items[0]}/person`);
  await tellsNothing(page);
  await look(page, "person-judged-first");

  // Answered in the queue: the same item is shown again, with what was recommended.
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${url}/reviews/${campaign}?item=${items[0]}`);
  await page.waitForLoadState("networkidle");
  await answers(page, items[0], "approve");
  await expect(page.locator("section.verdict")).toHaveCount(1);
  await expect(page.getByText("You are asked to judge this one first.")).toHaveCount(0);
  await expect(page.getByText("We recommended:").first()).toBeVisible();
  await look(page, "queue-judged-first-answered");
  await page.goto(`${url}/items/${items[0]}`);
  await answers(page, items[0], "revoke");
  await expect(page.getByText("First answer, before what we recommend showed: Approved by you")).toBeVisible();
  await look(page, "item-judged-first-changed");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the verdict shows with the page that follows the answer", async ({ page, installation }) => {
    const { url } = installation;
    await signIn(page, installation, "ada");
    const items = await waiting(page, url);
    expect(items.length).toBe(7);
    await page.goto(`${url}/reviews/${campaign}?item=${items[0]}`);
    await expect(page.getByText("You are asked to judge this one first.")).toBeVisible();
    await expect(page.locator("section.verdict.folded")).toHaveCount(1);
    await answers(page, items[0], "approve");
    await expect(page).toHaveURL(new RegExp(`item=${items[0]}`));
    await expect(page.locator("section.verdict.folded")).toHaveCount(0);
    await expect(page.locator("section.verdict")).toHaveCount(1);
  });
});
