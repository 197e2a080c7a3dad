// A learned model in the browser: people answer a campaign in shadow mode, the administrator has a model trained from their
// answers, reads how it compares, puts it in force, a campaign is recommended with it, and one click takes it back.
import { type Page } from "@playwright/test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, signIn, start, test as base, type Installation } from "./installation";
import { answerAll, look } from "./support";

const PEOPLE = {
  ada: { name: "Ada Lindqvist", email: "ada@meridian.example", groups: ["access-reviewers"] },
  bea: { name: "Bea Moreau", email: "bea@meridian.example", groups: ["access-reviewers"] },
  olu: { name: "Olu Adeyemi", email: "olu@meridian.example", groups: ["access-review-owners"] },
  ines: { name: "Inês Carvalho", email: "ines@meridian.example", groups: ["it-administrators"] },
  cleo: { name: "Cleo Ward", email: "cleo@meridian.example", groups: ["compliance"] },
};
const ROLES = {
  "access-reviewers": "reviewer",
  "access-review-owners": "owner",
  "it-administrators": "administrator",
  compliance: "compliance",
};
const STAFF = 50;
const ACCESS = 14;

// Two managers with their people, who all hold the same; some of it was used lately, of some nobody knows.
function files(folder: string): void {
  mkdirSync(folder);
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  const people = ["person_id,name,email,title,department,manager_id,status,start"];
  const entitlements = ["entitlement_id,name,application,sensitivity,owner_id"];
  const grants = ["person_id,entitlement_id,path,granted_on"];
  const usage = ["person_id,entitlement_id,last_used,days_used,window_days,grain"];
  people.push("ada,Ada L.,ada@meridian.example,Head,Finance,,active,2020-01-01", "bea,Bea M.,bea@meridian.example,Head,Sales,,active,2020-01-01");
  for (let access = 0; access < ACCESS; access++) entitlements.push(`e${access},Access ${access},Application ${access % 3},low,ada`);
  for (let person = 0; person < STAFF; person++) {
    const [manager, department] = person % 2 ? ["bea", "Sales"] : ["ada", "Finance"];
    people.push(`p${person},Person ${person},p${person}@meridian.example,Clerk,${department},${manager},active,2021-01-01`);
    for (let access = 0; access < ACCESS; access++) {
      grants.push(`p${person},e${access},direct,2022-03-01`);
      if (access % 2) usage.push(`p${person},e${access},${day(3 + ((person + access) % 20))},${5 + (person % 20)},90,entitlement`);
    }
  }
  const all = { "people.csv": people, "entitlements.csv": entitlements, "grants.csv": grants, "usage.csv": usage };
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
          const lines = ["[[sources]]", 'name = "Directory"', `folder = ${JSON.stringify(join(folder, "files"))}`];
          return { lines, stop: async () => undefined };
        },
      });
      await use(installation);
      await stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

test.describe.configure({ mode: "serial" });
test.setTimeout(600_000);

let campaign = "";
let model = "";

// Opens a campaign over everything and gives its id.
async function open(page: Page, url: string, name: string, hidden: boolean): Promise<string> {
  await page.goto(`${url}/campaigns/open`);
  await page.locator('input[name="name"]').fill(name);
  if (hidden) await page.getByRole("checkbox", { name: "Keep recommendations hidden" }).check();
  await page.locator('input[name="sources"]').first().check();
  await page.locator('input[name="scope"][value="all"]').check();
  await page.getByRole("button", { name: "See what it would ask" }).click();
  await page.getByRole("button", { name: "Open it and ask the reviewers" }).click();
  await page.waitForURL(/\/campaigns\/[0-9a-f-]{36}$/);
  return new URL(page.url()).pathname.replace("/campaigns/", "");
}

test("there is nothing to learn from, and the page says what it takes", async ({ page, installation }) => {
  await signIn(page, installation, "ines");
  await expect(async () => {
    await page.goto(`${installation.url}/sources`);
    await page.locator('a[href^="/sources/"]').first().click();
    const read = page.locator('form[action$="/sync"] button').first();
    if (await page.getByText(/never read/i).count()) await read.click();
    await expect(page.getByText(/never read/i)).toHaveCount(0, { timeout: 2_000 });
  }).toPass({ timeout: 60_000 });
  await page.getByRole("link", { name: "Models" }).first().click();
  await expect(page.getByText("A model takes 400 of them")).toBeVisible();
  await expect(page.getByRole("button", { name: "Train a model" })).toHaveCount(0);
  await look(page, "models-empty");
});

test("people answer without a recommendation, and the campaign is closed", async ({ page, context, installation }) => {
  const { url } = installation;
  await signIn(page, installation, "olu");
  campaign = await open(page, url, "What people decide by themselves", true);
  let answered = 0;
  for (const who of ["ada", "bea"]) {
    await context.clearCookies();
    await signIn(page, installation, who);
    // Three of the things that everybody holds are given up: those of which nobody knows a use.
    answered += await answerAll(page, campaign, { revoke: "Access (0|2|4)(?!\\d)" });
  }
  expect(answered).toBe(STAFF * ACCESS);
  await context.clearCookies();
  await signIn(page, installation, "olu");
  await page.goto(`${url}/campaigns/${campaign}/close`);
  const form = page.locator(`form[action="/campaigns/${campaign}/close"]`).first();
  const acknowledge = form.locator('input[name="acknowledge"]');
  if (await acknowledge.count()) await acknowledge.first().check();
  await form.locator('button[type="submit"], button:not([type])').last().click();
  await expect(page.locator(`form[action="/campaigns/${campaign}/close"]`)).toHaveCount(0);
});

test("a model is trained, compared, and put in force by whoever read the comparison", async ({ page, installation }) => {
  const { url } = installation;
  await signIn(page, installation, "ines");
  await expect(async () => {
    await page.goto(`${url}/models`);
    await expect(page.getByRole("button", { name: "Train a model" })).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
  await expect(page.getByLabel("Promise")).toHaveValue("50000");
  await look(page, "models-enough");
  await page.getByRole("button", { name: "Train a model" }).click();
  await expect(async () => {
    await page.goto(`${url}/models`);
    await expect(page.locator('#models a[href^="/models/"]')).toHaveCount(1, { timeout: 1_000 });
  }).toPass({ timeout: 300_000, intervals: [2_000] });
  await look(page, "models-trained");
  await page.locator('#models a[href^="/models/"]').click();
  model = new URL(page.url()).pathname.replace("/models/", "");
  for (const heading of ["Model card", "Measured on held-out decisions", "The promise", "Compared with people's answers", "Whether the promise held"]) {
    await expect(page.getByRole("heading", { name: heading, exact: true })).toBeVisible();
  }
  await look(page, "model");
  const file = await page.request.get(`${url}/models/${model}/report.json`);
  expect((await file.json()).schema).toBe("countersign/model-report/1");

  const put = page.getByRole("button", { name: "Put this model in force" });
  await put.click();
  await expect(page.locator("#f-acknowledge-error")).toBeVisible();
  await look(page, "model-not-ticked");
  await page.locator('input[name="acknowledge"]').check();
  await put.click();
  await page.waitForURL(`${url}/models`);
  await expect(page.locator("#in-force")).toContainText("put in force by Inês Carvalho");
  await look(page, "models-in-force");
});

test("a campaign is recommended with it, and its explanation names it", async ({ page, context, installation }) => {
  const { url } = installation;
  await signIn(page, installation, "olu");
  const second = await open(page, url, "With what was learned", false);
  await context.clearCookies();
  await signIn(page, installation, "ada");
  await page.goto(`${url}/reviews/${second}`);
  // What is judged first shows no recommendation yet.
  const cause = await page.locator('a[href*="cause="]:not([href*="judged-first"])').first().getAttribute("href");
  await page.goto(`${url}${cause}`);
  const item = /item=([0-9a-f-]{36})/.exec((await page.locator('a[href*="item="]').first().getAttribute("href")) ?? "")![1];
  await page.goto(`${url}/items/${item}`);
  await expect(page.locator("main")).toContainText(/Reviewers here who saw no recommendation|does not settle it|learned model/);
  await look(page, "item-learned");
  await page.locator("summary", { hasText: "How was this computed?" }).click();
  await page.getByRole("link", { name: /Every fact, every rule tried/ }).click();
  await expect(page.getByText("Made again just now: the same, byte for byte")).toBeVisible();
  await expect(page.getByText(model)).toBeVisible();
  await look(page, "explanation-learned");
});

test("one click takes it back", async ({ page, installation }) => {
  const { url } = installation;
  await signIn(page, installation, "cleo");
  await page.goto(`${url}/models`);
  await expect(page.getByRole("button", { name: "Train a model" })).toHaveCount(0);
  await page.getByRole("button", { name: "Go back to the stated weights alone" }).click();
  await page.waitForURL(`${url}/models`);
  await expect(page.locator("#in-force")).toContainText("The stated weights alone");
  await expect(page.getByRole("button", { name: /^Go back to the model / })).toBeVisible();
  await look(page, "models-rolled-back");
});
