// A removal that would end more than was decided waits for who answers for the access (rule 17): they find it, keep the access or let
// the removal leave, with and without JavaScript and by the keyboard, and the page is told apart from everybody else's.
import { type Locator, type Page } from "@playwright/test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, signIn, start, test as base, type Installation } from "./installation";
import { answerAll, look } from "./support";

const PEOPLE = {
  ada: { name: "Ada Lindqvist", email: "ada@meridian.example", groups: ["access-reviewers"] },
  bea: { name: "Bea Moreau", email: "bea@meridian.example", groups: ["access-reviewers"] },
  olu: { name: "Olu Adeyemi", email: "olu@meridian.example", groups: ["access-review-owners"] },
  ines: { name: "Inês Carvalho", email: "ines@meridian.example", groups: ["it-administrators"] },
};
const ROLES = { "access-reviewers": "reviewer", "access-review-owners": "owner", "it-administrators": "administrator" };

// Three people are in one group, which gives two things; Bea answers for both.
const FILES = {
  "people.csv": [
    "person_id,name,email,title,department,manager_id,status",
    "ada,Ada Lindqvist,ada@meridian.example,Head of payables,Finance,,active",
    "bea,Bea Moreau,bea@meridian.example,Head of systems,IT,,active",
    ...["Bob Hale", "Cem Aydın", "Dora Novák"].map((name, n) => `p${n},${name},p${n}@meridian.example,Payables clerk,Finance,ada,active`),
  ],
  "entitlements.csv": [
    "entitlement_id,name,application,sensitivity,owner_id",
    "pay,Release payments,Ledgerline,low,bea",
    "read,Read suppliers,Ledgerline,low,bea",
  ],
  "grants.csv": ["person_id,entitlement_id,path", ...[0, 1, 2].flatMap((n) => [`p${n},pay,group:payables`, `p${n},read,group:payables`])],
};

const test = base.extend<object, { installation: Installation }>({
  installation: [
    async ({}, use) => {
      const { installation, stop } = await start({
        people: PEOPLE,
        roles: ROLES,
        more: async (folder) => {
          mkdirSync(join(folder, "files"));
          for (const [name, lines] of Object.entries(FILES)) writeFileSync(join(folder, "files", name), `${lines.join("\n")}\n`);
          const source = ["[[sources]]", 'name = "Directory"', `folder = ${JSON.stringify(join(folder, "files"))}`];
          // Six items in one list: none of them is drawn to be judged first.
          return { lines: ["[policy]", "undo_window = 0", "blind_share = 0", ...source], stop: async () => undefined };
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
const navigation = (page: Page) => page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Removals" });
const keep = (page: Page | Locator) => page.getByRole("button", { name: /^Keep the access: the removal is not carried out/ });
const leave = (page: Page | Locator) => page.getByRole("button", { name: /^Let the removal leave, with what else it ends/ });

test("access is revoked whose removal would end other access that was approved", async ({ page, context, installation }) => {
  const { url } = installation;
  await signIn(page, installation, "bea");
  await page.goto(`${url}/removals`);
  await expect(page.getByText("No removal waits for you")).toBeVisible();
  await expect(navigation(page)).toHaveCount(0);
  await look(page, "removals-empty");
  await context.clearCookies();
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
  await page.getByRole("button", { name: "Open it and ask the reviewers" }).click();
  await page.waitForURL(/\/campaigns\/[0-9a-f-]{36}$/);
  campaign = new URL(page.url()).pathname.replace("/campaigns/", "");
  await context.clearCookies();
  await signIn(page, installation, "ada");
  expect(await answerAll(page, campaign, { revoke: "Release payments" })).toBe(6);
  await context.clearCookies();
  await signIn(page, installation, "olu");
  await expect(async () => {
    await page.goto(`${url}/campaigns/${campaign}`);
    await expect(page.locator("ul.held > li").filter({ hasText: "It waits for Bea Moreau, who answers for the access" })).toHaveCount(3);
  }).toPass({ timeout: 60_000 });
  await look(page, "campaign-conflicts");
});

test("who answers for the access is led to what waits, and keeps it by the keyboard", async ({ page, installation }) => {
  const { url } = installation;
  // Signing in again made her a person of the source, which was read meanwhile.
  await signIn(page, installation, "bea");
  await page.goto(`${url}/reviews`);
  await expect(page.getByRole("link", { name: /3 removals of access that you answer for wait for your word/ })).toBeVisible();
  await look(page, "reviews-removals");
  await navigation(page).click();
  await expect(page.locator("main section")).toHaveCount(3);
  const first = page.locator("main section").first();
  await expect(first).toContainText("Decided by Ada Lindqvist");
  await expect(first).toContainText("Read suppliers");
  await expect(first).toContainText("approved by Ada Lindqvist");
  await look(page, "removals");
  await keep(first).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByText("The access stays: the removal is not carried out.")).toBeVisible();
  await expect(page.locator("main section")).toHaveCount(2);
});

test("what moved on meanwhile is said, and nothing is done twice", async ({ page, context, installation }) => {
  const { url } = installation;
  await signIn(page, installation, "bea");
  await page.goto(`${url}/removals`);
  // The owner of the campaign lets it leave while the page is open.
  const other = await context.browser()!.newContext({ ignoreHTTPSErrors: true });
  const owner = await other.newPage();
  await signIn(owner, installation, "olu");
  await owner.goto(`${url}/campaigns/${campaign}`);
  await owner.getByRole("button", { name: /^Remove all of it/ }).first().click();
  await expect(owner.locator("ul.held > li")).toHaveCount(1);
  await other.close();
  await keep(page).first().click();
  await expect(page.getByRole("heading", { name: "This changed before your answer arrived" })).toBeVisible();
  await page.getByRole("link", { name: "See it as it is now" }).click();
  await expect(page.locator("main section")).toHaveCount(1);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the removal leaves, and the page is empty again", async ({ page, installation }) => {
    const { url } = installation;
    await signIn(page, installation, "bea");
    await page.goto(`${url}/removals`);
    await leave(page).click();
    await expect(page.getByText("The removal leaves, together with what else it ends.")).toBeVisible();
    await expect(page.getByText("No removal waits for you")).toBeVisible();
    await expect(navigation(page)).toHaveCount(0);
  });
});

test("the item says that its access was kept, and by whom", async ({ page, installation }) => {
  const { url } = installation;
  await signIn(page, installation, "ada");
  await page.goto(`${url}/reviews/${campaign}?q=Release`);
  const items = await page.locator('a[href*="item="]').evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
  const ids = new Set(items.map((href) => /item=([0-9a-f-]{36})/.exec(href)?.[1]).filter((id) => id !== undefined));
  expect(ids.size).toBe(3);
  let kept = 0;
  for (const id of ids) {
    await page.goto(`${url}/items/${id}`);
    await page.getByText(/^What happened so far/).click();
    const said = await page.locator("main").innerText();
    if (!said.includes("Who answers for the access kept it")) continue;
    kept += 1;
    expect(said).toMatch(/Access kept by Bea Moreau/);
    await look(page, "item-kept");
  }
  expect(kept).toBe(1);
});
