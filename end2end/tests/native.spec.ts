// Campaigns that Okta and Microsoft Entra run themselves, and one of our own over both, decided here by one manager: opened by the
// owner, linked and answered in the browser, sent with the manager's own sign-in, recorded by both platforms or taken away there,
// proven, and whole in one pack.
import { type Page } from "@playwright/test";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { end, expect, signIn, start, test as base, type Installation } from "./installation";
import { look, openItems } from "./support";

const OKTA = "Quarterly review of groups";
const ENTRA = "Quarterly review of applications and groups";
const OWN = "Everything on both platforms";
const ROLES: Record<string, string> = {
  "access-reviewers": "reviewer",
  "access-review-owners": "owner",
  "it-administrators": "administrator",
  compliance: "compliance",
};
const STAFF = {
  olu: { name: "Olu Adeyemi", email: "olu@elsewhere.example", groups: ["access-review-owners"] },
  ines: { name: "Inês Carvalho", email: "ines@elsewhere.example", groups: ["it-administrators"] },
  cleo: { name: "Cleo Ward", email: "cleo@elsewhere.example", groups: ["compliance"] },
};

interface Tenants {
  okta: string;
  entra: string;
  tenantId: string;
  credentials: string;
  journals: Record<string, string>;
  child: ChildProcess;
}

interface App {
  client_id: string;
  client_secret: string;
  key_id: string;
  private_key: string;
  redirect_uris: string[];
}

// The document that `countersign tenant --json` prints ends with the first brace that stands alone.
function runTenants(folder: string): Promise<Tenants> {
  const words = ["tenant", "--json", "--data", folder, "--people", "70", "--seed", "7", "--pace", "fast", "--okta", "127.0.0.1:0", "--entra", "127.0.0.1:0"];
  const child = spawn(process.env.COUNTERSIGN_BIN ?? "", words, { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout?.on("data", (bytes: Buffer) => {
      said += bytes.toString();
      if (!/^}$/m.test(said)) return;
      const runs = JSON.parse(said) as { credentials: string; tenants: { kind: string; base: string; tenant_id?: string; journal: string }[] };
      const of = (kind: string) => runs.tenants.find((one) => one.kind === kind)!;
      resolve({
        okta: of("okta").base,
        entra: of("entra").base,
        tenantId: of("entra").tenant_id ?? "",
        credentials: runs.credentials,
        journals: { okta: of("okta").journal, entra: of("entra").journal },
        child,
      });
    });
    child.once("exit", (code) => reject(new Error(`the tenants ended with ${code}: ${said}`)));
  });
}

// Everybody of the company is a reviewer here; who is asked, the platforms say.
function everybody(people: string): Record<string, { name: string; email: string; groups: string[] }> {
  const [head, ...rows] = readFileSync(people, "utf8").trim().split("\n");
  const columns = head.split(",");
  const all: Record<string, { name: string; email: string; groups: string[] }> = {};
  for (const row of rows) {
    const cells = row.split(",");
    const cell = (name: string) => cells[columns.indexOf(name)];
    if (cell("email")?.includes("@")) all[cell("person_id")] = { name: cell("name"), email: cell("email"), groups: ["access-reviewers"] };
  }
  return all;
}

interface Two {
  installation: Installation;
  tenants: Tenants;
  people: Record<string, { name: string; email: string }>;
}

const test = base.extend<object, { two: Two }>({
  two: [
    async ({}, use) => {
      const people: Record<string, { name: string; email: string; groups: string[] }> = { ...STAFF };
      let tenants: Tenants | undefined;
      const { installation, stop } = await start({
        people,
        roles: ROLES,
        more: async (folder, url) => {
          const own = join(folder, "company");
          const first = await runTenants(own);
          // The platforms send reviewers back to this installation, and to nowhere else.
          await end(first.child);
          const known = JSON.parse(readFileSync(first.credentials, "utf8")) as Record<"okta" | "entra", Record<string, App>>;
          known.okta.reviewers.redirect_uris = [`${url}/account/linked`];
          known.entra.reviewers.redirect_uris = [`${url}/account/linked`];
          writeFileSync(first.credentials, JSON.stringify(known));
          const running = await runTenants(own);
          tenants = running;
          Object.assign(people, everybody(join(own, "source", "people.csv")));
          const secret = (name: string, value: string) => {
            writeFileSync(join(folder, name), value);
            return `{ file = ${JSON.stringify(join(folder, name))} }`;
          };
          const service = (name: string, app: App) =>
            `{ client_id = "${app.client_id}", key_id = "${app.key_id}", key = ${secret(name, app.private_key)} }`;
          const app = (name: string, one: App) => `{ client_id = "${one.client_id}", secret = ${secret(name, one.client_secret)} }`;
          const lines = [
            "[policy]",
            "undo_window = 3000000",
            "[[sources]]",
            'name = "Okta"',
            "[sources.okta]",
            `org = "${running.okta}"`,
            "governance = true",
            `reader = ${service("okta-reader", known.okta.reader)}`,
            `remover = ${service("okta-remover", known.okta.remover)}`,
            `web = ${app("okta-web", known.okta.reviewers)}`,
            "[[sources]]",
            'name = "Entra"',
            "[sources.entra]",
            `tenant = "${running.tenantId}"`,
            `graph = "${running.entra}"`,
            `login = "${running.entra}"`,
            `reader = ${app("entra-reader", known.entra.reader)}`,
            `remover = ${app("entra-remover", known.entra.remover)}`,
            `web = ${app("entra-web", known.entra.reviewers)}`,
          ];
          return { lines, stop: async () => void (await end(running.child)) };
        },
      });
      await use({ installation, tenants: tenants!, people });
      await stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  installation: [async ({ two }, use) => use(two.installation), { scope: "worker" }],
});

test.describe.configure({ mode: "serial" });
test.setTimeout(180_000);

// Loads the page again until it says so.
async function says(page: Page, address: string, wanted: RegExp): Promise<void> {
  await expect(async () => {
    await page.goto(address);
    expect(await page.locator("main").innerText()).toMatch(wanted);
  }).toPass({ timeout: 60_000, intervals: [500] });
}

// The lines of a platform's own journal.
const journal = (two: Two, of: string): string[] => readFileSync(two.tenants.journals[of], "utf8").split("\n");

const campaigns: Record<string, string> = {};
// What was opened of each: of Entra's review a campaign for every resource about which it asks the manager.
const runs: Record<string, string[]> = {};
const items: Record<string, string[]> = {};
let manager = "";

async function readNow(page: Page, two: Two, name: string): Promise<void> {
  await page.goto(`${two.installation.url}/sources`);
  await page.getByRole("link", { name, exact: true }).click();
  const address = page.url();
  const before = await page.locator(".readings > li").count();
  await page.getByRole("button", { name: "Read it now" }).click();
  await expect(async () => {
    await page.goto(address);
    expect(await page.locator(".readings > li").count()).toBeGreaterThan(before);
    expect(await page.locator(".readings > li").first().innerText()).toMatch(/read and sealed|nothing had changed/);
  }).toPass({ timeout: 90_000, intervals: [500] });
}

test("an administrator reads both platforms", async ({ page, two }) => {
  await signIn(page, two.installation, "ines");
  for (const name of ["Okta", "Entra"]) await readNow(page, two, name);
});

test("the owner sees what the platforms run, and opens one campaign of each", async ({ page, two }) => {
  await signIn(page, two.installation, "olu");
  await page.goto(`${two.installation.url}/campaigns`);
  await page.getByRole("link", { name: "Campaigns at platforms" }).click();
  await expect(page.getByRole("heading", { name: OKTA }).first()).toBeVisible();
  await look(page, "native-platforms");
  // Entra has a run for each resource, all of one name: the one that asks a manager whom Okta asks too.
  const known = new Map(Object.entries(two.people).map(([login, person]) => [person.name, login]));
  let asked: string[] = [];
  for (const name of [OKTA, ENTRA]) {
    await page.goto(`${two.installation.url}/campaigns/platforms`);
    const ways = page.getByRole("link", { name: new RegExp(`See what it would ask\\s*: ${name}`) });
    const addresses = await ways.evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
    let named: string[] = [];
    for (const address of addresses) {
      await page.goto(two.installation.url + address);
      await expect(page.getByText("What could not be matched")).toBeVisible();
      const here = await page.locator('section:has-text("What it would ask") tbody th').allInnerTexts();
      const both = here.filter((one) => known.has(one) && (name === OKTA || asked.includes(one)));
      if (both.length === 0) continue;
      named = name === OKTA || named.length === 0 ? both : named.filter((one) => both.includes(one));
      if (name === OKTA) await look(page, "native-preview");
      const tick = page.locator('input[name="acknowledge"]');
      if (await tick.count()) await tick.check();
      await page.getByRole("button", { name: /^Ask \d+ items?$/ }).click();
      await page.waitForURL(/\/campaigns\/[0-9a-f-]{36}$/);
      (runs[name] ??= []).push(new URL(page.url()).pathname.replace("/campaigns/", ""));
      await expect(page.locator("#platform")).toBeVisible();
      if (name === OKTA) break;
    }
    expect(named, `somebody whom both platforms ask, in ${name}`).not.toEqual([]);
    asked = named;
  }
  manager = known.get(asked[0])!;
});

test("one that approves by itself is opened only by who says that they know", async ({ page, two }) => {
  await signIn(page, two.installation, "olu");
  await page.goto(`${two.installation.url}/campaigns/platforms`);
  const roles = page.locator("li", { hasText: "acts by itself" }).first();
  await roles.getByRole("link", { name: /See what it would ask/ }).click();
  await page.locator('input[name="by_service"]').check();
  await page.getByRole("button", { name: /^Ask \d+ items?$/ }).click();
  await expect(page.locator("#f-acknowledge-error")).toBeVisible();
  await expect(page.locator('input[name="by_service"]')).toBeChecked();
  await look(page, "native-preview-wrong");
});

async function answer(page: Page, two: Two, item: string, which: "approve" | "revoke"): Promise<void> {
  await page.goto(`${two.installation.url}/items/${item}`);
  const note = page.locator('textarea[name="note"]').first();
  await note.evaluate((field) => field.closest("details")?.setAttribute("open", ""));
  await note.fill("Talked it over with the team.");
  const done = page.waitForResponse((response) => response.url().endsWith(`/items/${item}/decide`));
  await page.locator(`button[name="answer"][value="${which}"]`).first().click();
  expect((await done).status(), await page.locator("main").innerText()).toBe(303);
}

// The items that a campaign asks the manager about.
async function asks(page: Page, queue: string, label: string): Promise<string[]> {
  await page.goto(queue);
  await expect(page.getByRole("link", { name: label })).toBeVisible();
  const found = new Set<string>();
  const causes = await page.locator('a[href*="cause="]').evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
  for (const cause of ["", ...causes]) {
    await page.goto(new URL(cause, queue).toString());
    for (const href of await page.locator('a[href*="item="]').evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""))) {
      const item = /item=([0-9a-f-]{36})/.exec(href)?.[1];
      if (item) found.add(item);
    }
  }
  return [...found];
}

// Whether an item was met of which the platform asks about several accesses at once.
let together = false;

async function whichGoesWhole(page: Page, two: Two, items: string[]): Promise<string | undefined> {
  for (const item of items.slice(0, 12)) {
    await page.goto(`${two.installation.url}/items/${item}`);
    const said = await page.locator("main").innerText();
    if (!together && /One answer counts for all/.test(said)) {
      await look(page, "native-item-together");
      together = true;
    }
    if (/assigned directly/i.test(said) && !/through (group|rule)/.test(said)) return item;
  }
  return undefined;
}

test("the manager answers, and the answers wait for a sign-in at the platforms", async ({ page, two }) => {
  await signIn(page, two.installation, manager);
  for (const [name, label] of [
    [OKTA, "Link your Okta account"],
    [ENTRA, "Link your Microsoft account"],
  ]) {
    let [other, revoked]: (string | undefined)[] = [];
    for (const campaign of runs[name]) {
      const found = await asks(page, `${two.installation.url}/reviews/${campaign}`, label);
      // What comes through a group or a rule, Entra cannot take away from one person: one that it can take away whole.
      const whole = revoked ? undefined : name === ENTRA ? await whichGoesWhole(page, two, found) : found[1];
      if (whole) [revoked, campaigns[name]] = [whole, campaign];
      other ??= found.find((item) => item !== whole);
    }
    expect([other, revoked], `items of ${name}`).not.toContain(undefined);
    items[name] = [other!, revoked!];
    if (name === ENTRA) expect(together, "an item that says what else is asked about with it").toBe(true);
    const queue = `${two.installation.url}/reviews/${campaigns[name]}`;
    if (name === OKTA) {
      await page.goto(`${queue}?item=${items[name][0]}`);
      await look(page, "native-queue");
      await page.goto(`${two.installation.url}/items/${items[name][0]}`);
      await look(page, "native-item");
    }
    await answer(page, two, items[name][0], "approve");
    await answer(page, two, items[name][1], "revoke");
  }
  for (const name of [OKTA, ENTRA]) await says(page, `${two.installation.url}/items/${items[name][1]}`, /It waits for your sign-in/);
  await look(page, "native-item-waiting");
});

test("the owner sees whose sign-in is missing", async ({ page, two }) => {
  await signIn(page, two.installation, "olu");
  await page.goto(`${two.installation.url}/campaigns/${campaigns[OKTA]}`);
  await expect(page.locator("#platform")).toContainText("Waiting for a sign-in at Okta");
  await look(page, "native-campaign");
});

test("the manager links both accounts, and what waited leaves", async ({ page, two }) => {
  const { name, email } = two.people[manager];
  await signIn(page, two.installation, manager);
  await page.goto(`${two.installation.url}/account`);
  await look(page, "native-account");
  await page.getByRole("link", { name: "Link your Okta account" }).click();
  await page.locator('select[name="sign_in_as"]').selectOption({ label: `${name} (${email})` });
  await page.getByRole("button", { name: "Sign in and allow" }).click();
  await page.waitForURL(`${two.installation.url}/account`);
  await expect(page.locator("main")).toContainText("Your account at Okta is linked");
  await page.getByRole("link", { name: "Link your Microsoft account" }).click();
  await page.getByRole("button", { name }).click();
  await page.waitForURL(`${two.installation.url}/account`);
  await expect(page.locator("main")).toContainText("Your account at Microsoft Entra is linked");
  await look(page, "native-account-linked");
  const accepted = /Accepted by the platform|Read again, and it stands/;
  for (const item of [...items[OKTA], ...items[ENTRA]]) await says(page, `${two.installation.url}/items/${item}`, accepted);
  await look(page, "native-item-accepted");

  expect(journal(two, "okta").filter((line) => line.includes('"review_decided"')).length, "each answer once").toBe(2);
  expect(journal(two, "entra").filter((line) => line.includes('"decided"')).length, "each answer once").toBe(2);
});

test("what Entra takes away at its review's end is read back as soon as the owner asks", async ({ page, two }) => {
  // An administrator ends the review in Entra's own portal.
  const remover = (JSON.parse(readFileSync(two.tenants.credentials, "utf8")) as Record<string, Record<string, App>>).entra.remover;
  const asked = await page.request.post(`${two.tenants.entra}/${two.tenants.tenantId}/oauth2/v2.0/token`, {
    form: {
      grant_type: "client_credentials",
      client_id: remover.client_id,
      client_secret: remover.client_secret,
      scope: "https://graph.microsoft.com/.default",
    },
  });
  const { access_token } = (await asked.json()) as { access_token: string };
  const denied = journal(two, "entra").find((line) => line.includes('"decided"') && line.includes('"Deny"'))!;
  const { definition, instance, item } = JSON.parse(denied) as { definition: string; instance: string; item: string };
  const headers = { authorization: `Bearer ${access_token}` };
  const review = `${two.tenants.entra}/v1.0/identityGovernance/accessReviews/definitions/${definition}`;
  expect((await page.request.post(`${review}/instances/${instance}/stop`, { headers })).status()).toBe(204);
  const { settings } = (await (await page.request.get(review, { headers })).json()) as { settings: { autoApplyDecisionsEnabled: boolean } };
  if (!settings.autoApplyDecisionsEnabled) {
    expect((await page.request.post(`${review}/instances/${instance}/applyDecisions`, { headers })).status()).toBe(204);
  }

  await signIn(page, two.installation, "olu");
  const campaign = `${two.installation.url}/campaigns/${campaigns[ENTRA]}`;
  await page.goto(campaign);
  await page.getByRole("button", { name: "Read it back now" }).click();
  await expect(page.locator("main")).toContainText(/Microsoft Entra is (being )?read back/);
  await says(page, campaign, /takes no more answers/);
  await look(page, "native-campaign-ended");
  const applied = () => journal(two, "entra").filter((line) => line.includes('"item_applied"') && line.includes(`"${item}"`));
  await expect(async () => expect(applied().join()).toContain('"AppliedSuccessfully"')).toPass({ timeout: 60_000, intervals: [500] });
});

test("the same manager takes access away on both in a campaign of our own", async ({ page, two }) => {
  await signIn(page, two.installation, "olu");
  await page.goto(`${two.installation.url}/campaigns/open`);
  await page.locator('input[name="name"]').fill(OWN);
  await page.getByRole("button", { name: "See what it would ask" }).click();
  await page.getByRole("button", { name: "Open it and ask the reviewers" }).click();
  await page.waitForURL(/\/campaigns\/[0-9a-f-]{36}$/);
  campaigns[OWN] = new URL(page.url()).pathname.replace("/campaigns/", "");
  await page.context().clearCookies();

  await signIn(page, two.installation, manager);
  const open = await openItems(page, two.installation, `/reviews/${campaigns[OWN]}`);
  expect(open.length, "what the manager is asked").toBeGreaterThan(0);
  for (const item of open.slice(0, 6)) await answer(page, two, item, "revoke");
  const taken = () => ["okta", "entra"].flatMap((of) => journal(two, of)).filter((line) => /"(member|app_user|assignment|role)_removed"/.test(line));
  await expect(async () => expect(taken().length).toBeGreaterThan(0)).toPass({ timeout: 60_000, intervals: [500] });
});

test("a reading proves what was removed", async ({ page, two }) => {
  await signIn(page, two.installation, "ines");
  for (const name of ["Okta", "Entra"]) await readNow(page, two, name);
  await page.context().clearCookies();
  await signIn(page, two.installation, "olu");
  await says(page, `${two.installation.url}/campaigns/${campaigns[OKTA]}`, /proven gone\s*1\b/i);
  await look(page, "native-campaign-proven");
  await says(page, `${two.installation.url}/campaigns/${campaigns[ENTRA]}`, /proven gone\s*1\b/i);
  await look(page, "native-entra-proven");
  await says(page, `${two.installation.url}/campaigns/${campaigns[OWN]}`, /proven gone\s*[1-9]/i);
  await look(page, "native-own-proven");
});

test("one pack holds all three and is whole", async ({ page, two }) => {
  await signIn(page, two.installation, "cleo");
  await page.goto(`${two.installation.url}/evidence`);
  const together = page.getByRole("button", { name: "Make one pack of those ticked" });
  await together.click();
  await expect(page.locator("#several-error")).toBeVisible();
  for (const name of [OKTA, ENTRA, OWN]) await page.locator(`input[type="checkbox"][value="${campaigns[name]}"]`).check();
  await look(page, "native-evidence-ticked");
  await together.click();
  await expect(page.getByText(/was made of 3 campaigns and verified/)).toBeVisible({ timeout: 60_000 });
  await look(page, "native-evidence");
  const link = page.getByRole("link", { name: /Take a copy of 3-campaigns-/ }).first();
  const got = await page.request.get(two.installation.url + (await link.getAttribute("href")));
  expect(got.status()).toBe(200);
  const pack = join(test.info().outputDir, "three.zip");
  mkdirSync(test.info().outputDir, { recursive: true });
  writeFileSync(pack, await got.body());
  const said = JSON.parse(execFileSync(process.env.COUNTERSIGN_BIN ?? "", ["verify", pack, "--json"], { encoding: "utf8" }));
  expect(said.whole).toBe(true);
  expect(said.campaigns).toEqual([campaigns[OKTA], campaigns[ENTRA], campaigns[OWN]].sort());
});
