// Every page: axe finds nothing, the console stays quiet, nothing hangs over the edge, and a
// screenshot of each at 390 and 1440 pixels, light and dark, lies in shots/.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { SHOTS, answer, expect, look, openItems, openQueue, signIn, test, type Part } from "./support";
import { restrictAndLift, setFreeze } from "./requests";

test.use({ own: "pages" });
test.describe.configure({ mode: "serial" });
test.setTimeout(240_000);

let campaign = "";
let item = "";

test("something has happened", async ({ page, program }) => {
  await signIn(page, program, "manager");
  const queue = await openQueue(page, program);
  campaign = queue.replace("/reviews/", "");
  const items = await openItems(page, program, queue);
  await answer(page, program, items[0], "approve");
  await answer(page, program, items[1], "revoke");
  item = items[2];
});

const PAGES: [string, Part | null, () => string][] = [
  ["sign-in", null, () => "/sign-in"],
  ["reviews", "manager", () => "/reviews"],
  ["queue", "manager", () => `/reviews/${campaign}?item=${item}`],
  ["item", "manager", () => `/items/${item}`],
  ["person", "manager", () => `/items/${item}/person`],
  ["person-auditor", "auditor", () => `/items/${item}/person`],
  ["campaigns", "owner", () => "/campaigns"],
  ["open-campaign", "owner", () => "/campaigns/open"],
  ["campaign", "owner", () => `/campaigns/${campaign}`],
  ["close-campaign", "owner", () => `/campaigns/${campaign}/close`],
  ["findings", "owner", () => "/findings"],
  ["freezes", "owner", () => "/freezes"],
  ["controls", "owner", () => "/controls"],
  ["platforms", "owner", () => "/campaigns/platforms"],
  ["privacy", "compliance", () => "/privacy"],
  ["models", "administrator", () => "/models"],
  ["history", "auditor", () => "/history"],
  ["evidence", "compliance", () => "/evidence"],
  ["sources", "administrator", () => "/sources"],
  ["account", "manager", () => "/account"],
  ["not-found", "manager", () => "/no-such-page"],
];

for (const [name, part, address] of PAGES) {
  test(`${name} is accessible, quiet, and fits`, async ({ page, program }) => {
    if (part) await signIn(page, program, part);
    await page.goto(program.url + address());
    await look(page, name);
  });
}

test("a grant's history and the pages of a source of each kind", async ({ page, program }) => {
  await signIn(page, program, "auditor");
  await page.goto(`${program.url}/history`);
  const grant = await page.locator('a[href^="/history/"]').first().getAttribute("href");
  await page.goto(`${program.url}/sources`);
  const source = (name: RegExp) => page.getByRole("link", { name }).first().getAttribute("href");
  const pages: [string, string | null][] = [
    ["grant-history", grant],
    ["source", await source(/^Badges and shop floor/)],
    ["source-okta", await source(/^Meridian Okta/)],
    ["source-entra", await source(/^Meridian Entra/)],
  ];
  for (const [name, href] of pages) {
    await page.goto(program.url + href);
    await look(page, name);
  }
});

test("the risk of a campaign is previewed, and roles and outliers of a source are found", async ({ page, program }) => {
  await signIn(page, program, "owner");
  await page.goto(`${program.url}/campaigns/open`);
  await page.locator('input[name="name"]').fill("The riskiest grants");
  await page.locator('input[name="scope"][value="riskiest"]').check();
  await page.locator("summary", { hasText: "How many of the riskiest" }).click();
  await page.locator('input[name="riskiest"]').fill("0");
  await page.getByRole("button", { name: "See what it would ask" }).click();
  await expect(page.locator("#f-riskiest-error")).toBeVisible();
  await expect(page.locator('input[name="name"]')).toHaveValue("The riskiest grants");
  await page.locator('input[name="riskiest"]').fill("25");
  await page.getByRole("button", { name: "See what it would ask" }).click();
  await expect(page.getByText(/Their risk reaches from/)).toBeVisible();
  await look(page, "open-riskiest");

  await page.goto(`${program.url}/sources`);
  await page.locator('a[href^="/sources/"]').first().click();
  await page.getByRole("link", { name: "Roles and outliers" }).click();
  const address = page.url();
  await page.getByRole("button", { name: "Look for roles and outliers" }).click();
  await expect(async () => {
    await page.goto(address);
    await expect(page.getByRole("heading", { name: "Candidate roles" })).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
  await look(page, "patterns");
});

test("an item says no fact twice", async ({ page, program }) => {
  await signIn(page, program, "manager");
  await page.goto(`${program.url}/items/${item}`);
  const facts = await page.locator("dl.facts dt").allTextContents();
  expect(facts).toEqual(expect.arrayContaining(["Sensitivity", "Granted", "First day"]));
  expect(facts.filter((fact, at) => facts.indexOf(fact) < at)).toEqual([]);
});

test("rules of duties begin with the starter pack, and one is written by hand", async ({ page, program }) => {
  await signIn(page, program, "administrator");
  await page.goto(`${program.url}/duties`);
  const payroll = page.getByRole("checkbox", { name: /Payroll/ });
  if (await payroll.count()) {
    await payroll.check();
    await page.getByRole("button", { name: "Add these subjects" }).click();
  }
  await page.getByLabel("Id", { exact: true }).fill("payroll");
  await page.getByLabel("What people call it").fill("");
  await page.getByRole("button", { name: "Add this duty" }).click();
  await expect(page.getByText("Write what people call this duty.").first()).toBeVisible();
  await expect(page.getByLabel("Id", { exact: true })).toHaveValue("payroll");
  await page.getByLabel("Id", { exact: true }).fill("stock.count");
  await page.getByLabel("What people call it").fill("Count stock");
  await page.getByRole("button", { name: "Add this duty" }).click();
  await page.getByRole("link", { name: "Write a rule" }).click();
  await page.getByLabel("Id", { exact: true }).fill("stock-and-pay");
  await page.getByLabel("What could happen").fill("One person could hide what is missing and be paid for it.");
  await page.locator('input[name="left"][value="stock.count"]').check();
  await page.locator('input[name="right"]').first().check();
  await page.getByRole("button", { name: "Put the rule into force" }).click();
  await expect(page.locator("#f-severity-error")).toBeVisible();
  await expect(page.locator('input[name="left"][value="stock.count"]')).toBeChecked();
  await look(page, "duty-rule-wrong");
  await page.getByLabel("Severity").selectOption("high");
  await page.getByRole("button", { name: "Put the rule into force" }).click();
  await look(page, "duties");
  await page.locator('a[href="/duties/rules/stock-and-pay"]').click();
  await expect(page.getByText("Tests").first()).toBeVisible();
  await look(page, "duty-rule");
  await page.getByRole("button", { name: "Take this rule out" }).click();
  await expect(page.locator('a[href="/duties/rules/stock-and-pay"]')).toHaveCount(0);
  await page.goto(`${program.url}/duties/map`);
  await look(page, "duty-map");
});

test("quality is measured on request, and its figures are taken as a file", async ({ page, program }) => {
  await signIn(page, program, "compliance");
  await page.goto(`${program.url}/quality`);
  await page.getByRole("button", { name: "Measure now" }).click();
  await expect(async () => {
    await page.goto(`${program.url}/quality`);
    await expect(page.getByRole("heading", { name: /^Recommended by/ })).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
  await look(page, "quality");
  await page.evaluate(() => document.querySelectorAll("details").forEach((fold) => (fold.open = true)));
  await look(page, "quality-unfolded");
  const file = await page.request.get(`${program.url}/quality.json`);
  expect((await file.json()).schema).toBe("countersign/quality/1");
});

test("fairness is read, and what somebody concludes from it is signed", async ({ page, program }) => {
  await signIn(page, program, "compliance");
  await page.goto(`${program.url}/quality`);
  await page.getByRole("link", { name: "See the figures of fairness" }).click();
  await expect(page.getByRole("heading", { name: "Fairness", exact: true })).toBeVisible();
  await expect(page.getByText("A signed review is due")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Employment type" })).toBeVisible();
  await look(page, "fairness");
  await page.getByLabel("What you concluded").fill("Contracts that end explain it.");
  await page.getByRole("button", { name: "Sign the review" }).click();
  await expect(page.locator("#f-acknowledge-error")).toBeVisible();
  await expect(page.getByLabel("What you concluded")).toHaveValue("Contracts that end explain it.");
  await look(page, "fairness-again");
  await page.locator('input[name="acknowledge"]').check();
  await page.getByRole("button", { name: "Sign the review" }).click();
  await expect(page.getByText("Your review is signed")).toBeVisible();
  await expect(page.getByText("Contracts that end explain it.")).toBeVisible();
  await expect(page.getByText("A signed review is due")).toHaveCount(0);
  await look(page, "fairness-signed");
  const file = await page.request.get(`${program.url}/quality/fairness.json`);
  expect((await file.json()).schema).toBe("countersign/fairness/1");
});

test("a reconciliation is made on request, and its owner gets a part", async ({ page, program }) => {
  await signIn(page, program, "compliance");
  await page.goto(`${program.url}/reconciliation`);
  await look(page, "reconciliations-empty");
  await page.getByRole("button", { name: "Make one now" }).click();
  const first = page.locator('th a[href^="/reconciliation/"]').first();
  await expect(async () => {
    await page.goto(`${program.url}/reconciliation`);
    await expect(first).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
  await look(page, "reconciliations");
  await page.goto(`${program.url}/campaigns`);
  await expect(page.getByText("A new reconciliation")).toBeVisible();
  await look(page, "campaigns-new-report");
  await page.getByRole("link", { name: "Open it" }).click();
  await expect(page.getByRole("heading", { name: "To look at" })).toBeVisible();
  await look(page, "reconciliation");
  const report = new URL(page.url()).pathname;
  expect((await (await page.request.get(`${program.url}${report}/report.json`)).json()).schema).toBe("countersign/reconciliation/1");
  expect(await (await page.request.get(`${program.url}${report}/lines.csv`)).text()).toMatch(/^kind,campaign,/);
  await page.context().clearCookies();
  await signIn(page, program, "owner");
  await page.goto(program.url + report);
  await expect(page.getByText("the part about the campaigns you opened")).toBeVisible();
  await expect(page.getByRole("link", { name: "Take the report as a file" })).toHaveCount(0);
});

test("freeze windows and requests about personal data, with something in them", async ({ page, program }) => {
  const looked = (name: string) => look(page, name);
  await setFreeze(page, program, looked);
  await page.goto(`${program.url}/campaigns/${campaign}`);
  await expect(page.locator('a[href="/freezes"]')).toBeVisible();

  await page.context().clearCookies();
  await restrictAndLift(page, program, looked);
});

test("a campaign of each platform is opened, and the manager whom both ask links both accounts", async ({ page, program }) => {
  const name = program.people.manager;
  for (const campaign of ["Quarterly review of groups", "Quarterly review of applications and groups"]) {
    await page.context().clearCookies();
    await signIn(page, program, "owner");
    await page.goto(`${program.url}/campaigns/platforms`);
    // Entra has a run for each resource, all of one name: each asks the manager about somebody of the team.
    await page.getByRole("link", { name: new RegExp(`See what it would ask\\s*: ${campaign}`) }).first().click();
    await expect(page.getByText("What could not be matched")).toBeVisible();
    const tick = page.locator('input[name="acknowledge"]');
    if (await tick.count()) await tick.check();
    await page.getByRole("button", { name: /^Ask \d+ items?$/ }).click();
    await page.waitForURL(/\/campaigns\/[0-9a-f-]{36}$/);
    await expect(page.locator("#platform")).toBeVisible();
  }
  await page.context().clearCookies();
  await signIn(page, program, "manager");
  await page.goto(`${program.url}/reviews`);
  await expect(page.locator('main h2 a[href^="/reviews/"]')).toHaveCount(3);
  await page.goto(`${program.url}/account`);
  await page.getByRole("link", { name: "Link your Okta account" }).click();
  const offered = page.locator('select[name="sign_in_as"] option', { hasText: name });
  await page.locator('select[name="sign_in_as"]').selectOption({ value: (await offered.first().getAttribute("value")) ?? "" });
  await page.getByRole("button", { name: "Sign in and allow" }).click();
  await page.waitForURL(`${program.url}/account`);
  await expect(page.locator("main")).toContainText("Your account at Okta is linked");
  await page.getByRole("link", { name: "Link your Microsoft account" }).click();
  await page.getByRole("button", { name }).first().click();
  await page.waitForURL(`${program.url}/account`);
  await expect(page.locator("main")).toContainText("Your account at Microsoft Entra is linked");
});

test("the keys answer, and the queue moves on without leaving the page", async ({ page, program }) => {
  // A busy machine leaves no idle moment for long: keys must not wait for one.
  await page.addInitScript(() => {
    window.requestIdleCallback = () => 0;
  });
  await signIn(page, program, "manager");
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${program.url}/reviews/${campaign}?item=${item}`);
  await page.waitForLoadState("networkidle");
  const acknowledged = page.waitForResponse((response) => response.url().endsWith(`/items/${item}/decide`));
  await page.keyboard.press("a");
  expect([200, 303]).toContain((await acknowledged).status());
  await expect(page.locator(`form[action="/items/${item}/undo"]`).first()).toBeAttached();
});

test("the picture in the README", async ({ page, program }) => {
  await signIn(page, program, "manager");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${program.url}/reviews/${campaign}`);
  const items = await openItems(page, program, `/reviews/${campaign}`);
  await page.goto(`${program.url}/reviews/${campaign}?item=${items[3] ?? item}`);
  const shot = join(SHOTS, "readme-queue.png");
  await page.screenshot({ path: shot });
  if (process.env.COUNTERSIGN_README_PICTURE) copyFileSync(shot, process.env.COUNTERSIGN_README_PICTURE);
});
