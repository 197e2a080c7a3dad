// Freeze windows and requests about personal data, told with and without JavaScript: each form is first sent wrong, and what was
// typed is still there; then right, and taken back.
import { type Page } from "@playwright/test";
import { expect, signIn, type Program } from "./support";

/** What is done with a page that is worth a look, by its name. */
export type Looked = (name: string) => Promise<void>;

const passBy: Looked = async () => undefined;

/** The owner sets a freeze window, and leaves it set. */
export async function setFreeze(page: Page, program: Program, looked: Looked = passBy): Promise<void> {
  await signIn(page, program, "owner");
  await page.goto(`${program.url}/freezes`);
  const form = page.locator('form[action="/freezes"]');
  await form.locator('input[name="name"]').fill("Close of the quarter");
  await form.locator('input[name="from_on"]').fill("2099-12-30");
  await form.locator('input[name="until_on"]').fill("2099-12-01");
  await form.getByRole("button").last().click();
  await expect(page.locator("#f-until_on-error")).toBeVisible();
  await expect(form.locator('input[name="name"]')).toHaveValue("Close of the quarter");
  await looked("freezes-wrong");
  await form.locator('input[name="until_on"]').fill("2100-01-04");
  await form.getByRole("button").last().click();
  await expect(page.locator('form[action="/freezes/remove"]')).toHaveCount(1);
  await looked("freezes-set");
}

/** The owner takes the only freeze window out. */
export async function endFreeze(page: Page, program: Program): Promise<void> {
  await page.goto(`${program.url}/freezes`);
  await page.locator('form[action="/freezes/remove"] button').click();
  await expect(page.locator('form[action="/freezes/remove"]')).toHaveCount(0);
  await expect(page.getByText("No freeze window is set")).toBeVisible();
}

/** The compliance officer finds somebody, restricts what is kept of them, and lifts it. */
export async function restrictAndLift(page: Page, program: Program, looked: Looked = passBy): Promise<void> {
  await signIn(page, program, "compliance");
  await page.goto(`${program.url}/privacy`);
  const find = page.locator('form[action="/privacy"]');
  const answer = page.locator('form[action="/privacy/erase"]');
  const lift = page.locator('form[action="/privacy/lift"]');
  await find.locator('input[name="person"]').fill("nobody");
  await find.locator("button").click();
  await expect(page.locator("#f-person-error")).toBeVisible();
  await expect(find.locator('input[name="person"]')).toHaveValue("nobody");
  await find.locator('input[name="person"]').fill("p00001");
  await find.locator("button").click();
  await expect(answer).toBeVisible();
  await answer.locator('input[name="how"][value="restrict"]').check();
  await answer.locator("button").click();
  await expect(page.locator("#f-acknowledge-error")).toBeVisible();
  await expect(answer.locator('input[name="how"][value="restrict"]')).toBeChecked();
  await expect(find.locator('input[name="person"]')).toHaveValue("p00001");
  await looked("privacy-found");
  await answer.locator('input[name="acknowledge"]').check();
  await answer.locator("button").click();
  await expect(lift).toHaveCount(1);
  await looked("privacy-restricted");
  await lift.locator("button").click();
  await expect(lift).toHaveCount(0);
}

/** The compliance officer has records retained, and ends that. */
export async function retainAndEnd(page: Page, program: Program): Promise<void> {
  await page.goto(`${program.url}/privacy`);
  const retention = page.locator('form[action="/privacy/retention"]');
  await retention.getByRole("button", { name: "Retain records" }).click();
  await expect(page.getByRole("heading", { name: "Records are retained" })).toBeVisible();
  await retention.getByRole("button", { name: "End retention" }).click();
  await expect(page.getByRole("heading", { name: "Records are not retained" })).toBeVisible();
}
