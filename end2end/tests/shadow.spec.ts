// Shadow mode in the browser: a campaign is opened with recommendations hidden, people answer, its owner reads the report and
// accepts it, and from then on the recommendations are shown.
import { answer, answerAll, expect, look, openItems, signIn, signOut, test } from "./support";

test.use({ own: "shadow" });
test.describe.configure({ mode: "serial" });
test.setTimeout(300_000);

let campaign = "";
let items: string[] = [];

test("a campaign is opened with its recommendations hidden", async ({ page, program }) => {
  await signIn(page, program, "owner");
  await page.goto(`${program.url}/campaigns/open`);
  await page.locator('input[name="name"]').fill("What people decide by themselves");
  const box = page.getByRole("checkbox", { name: "Keep recommendations hidden" });
  await expect(box).not.toBeChecked();
  await expect(box).toHaveAccessibleDescription(/nobody is shown one/);
  await box.check();

  // A choice by cause would give the recommendations away.
  await page.locator('input[name="scope"][value="causes"]').check();
  await page.locator("summary", { hasText: "Causes" }).click();
  await page.locator('input[name="causes"][value="unused"]').check();
  await page.getByRole("button", { name: "See what it would ask" }).click();
  await expect(page.locator("#f-hidden-error")).toBeVisible();
  await expect(box).toBeChecked();
  await look(page, "open-hidden-refused");

  await page.locator('input[name="scope"][value="all"]').check();
  await page.getByRole("button", { name: "See what it would ask" }).click();
  await expect(box).toBeChecked();
  await page.getByRole("button", { name: "Open it and ask the reviewers" }).click();
  await page.waitForURL(/\/campaigns\/[0-9a-f-]{36}$/);
  campaign = new URL(page.url()).pathname.replace("/campaigns/", "");
  await expect(page.getByText("Recommendations hidden").first()).toBeVisible();
  await look(page, "campaign-hidden");
  await page.getByRole("link", { name: "Compare them with the answers" }).click();
  await expect(page.getByText("nothing to compare")).toBeVisible();
  await look(page, "shadow-empty");
});

test("nobody who answers is shown a recommendation", async ({ page, program }) => {
  await signIn(page, program, "manager");
  await page.goto(`${program.url}/reviews/${campaign}`);
  await expect(page.getByRole("heading", { name: "Recommendations hidden" })).toBeVisible();
  items = await openItems(page, program, `/reviews/${campaign}`);
  expect(items.length).toBeGreaterThan(5);
  await page.goto(`${program.url}/reviews/${campaign}?item=${items[0]}`);
  await expect(page.getByText("The recommendation is hidden")).toBeVisible();
  for (const told of ["Must not wait", "Probably not needed", "Looks right", "How was this computed?"]) {
    await expect(page.getByText(told)).toHaveCount(0);
  }
  await look(page, "queue-hidden");
  await page.goto(`${program.url}/items/${items[0]}`);
  await look(page, "item-hidden");
  await answer(page, program, items[0], "revoke");
  await expect(page.getByText(/As recommended|Against the recommendation/)).toHaveCount(0);
  await look(page, "item-hidden-answered");
});

test("people answer", async ({ page, program }) => {
  let answered = 0;
  for (const who of ["manager", "secondManager"] as const) {
    await signOut(page);
    await signIn(page, program, who);
    // Four of five stay: by number, so that it has nothing to do with what is recommended.
    answered += await answerAll(page, campaign, { revoke: 5, most: 90 });
  }
  expect(answered).toBeGreaterThan(60);
});

test("the owner reads the report and shows the recommendations", async ({ page, program }) => {
  await signIn(page, program, "owner");
  const report = `${program.url}/campaigns/${campaign}/shadow`;
  await page.goto(report);
  await expect(page.getByRole("heading", { name: "Agreement and overrides" })).toBeVisible();
  await expect(page.getByText(/\d+\.\d %/).first()).toBeVisible();
  await look(page, "shadow-report");
  const file = await page.request.get(`${report}.json`);
  expect(file.ok()).toBe(true);
  const told = await file.json();
  expect(told.schema).toBe("countersign/shadow-report/1");

  const show = page.getByRole("button", { name: "Show recommendations from now on" });
  await show.click();
  await expect(page.locator("#f-acknowledge-error")).toBeVisible();
  await look(page, "shadow-not-ticked");
  await page.locator('input[name="acknowledge"]').check();
  await show.click();
  await expect(page.getByText(/shown from now on, also for what is still open/)).toBeVisible();
  await expect(show).toHaveCount(0);
  await look(page, "shadow-accepted");

  await signOut(page);
  await signIn(page, program, "manager");
  await page.goto(`${program.url}/items/${items[0]}`);
  await expect(page.getByText("The recommendation is hidden")).toHaveCount(0);
  await expect(page.locator("section.verdict")).toHaveCount(1);
});
