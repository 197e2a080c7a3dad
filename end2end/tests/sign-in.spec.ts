// Signing in through npm's oidc-provider, unmodified: RS256, its own pages, another site, TLS.
import { expect, give, onLoopbackOnly, signIn, test, toProvider } from "./installation";

test("a person signs in, is who the provider says, and signs out at both ends", async ({ page, context, installation }) => {
  const asked = (await toProvider(page, installation)).searchParams;
  expect(asked.get("response_type")).toBe("code");
  expect(asked.get("code_challenge_method")).toBe("S256");
  // 32 random bytes each, in base64url.
  for (const name of ["code_challenge", "state", "nonce"]) expect(asked.get(name), name).toMatch(/^[\w-]{43}$/);
  expect(asked.get("scope")?.split(" ")).toEqual(["openid", "profile", "email", "groups"]);

  await give(page, "ada");
  const back = page.waitForRequest((request) => request.url().startsWith(`${installation.url}/sign-in/callback?`));
  await page.getByRole("button", { name: "Continue" }).click();
  const answer = new URL((await back).url()).searchParams;
  expect(answer.get("state"), "the answer names the question").toBe(asked.get("state"));
  expect(answer.get("iss")).toBe(installation.issuer);

  await page.goto(`${installation.url}/account`);
  const main = page.locator("main");
  await expect(main).toContainText("Ada Lindqvist");
  await expect(main).toContainText("ada@meridian.example");
  await expect(main).toContainText(installation.issuer);
  await expect(main.locator("dt", { hasText: "Reviewer" })).toHaveCount(1);
  await expect(main.locator("dt", { hasText: "Administrator" })).toHaveCount(0);
  // Times are said where the provider says that she is, until she chooses.
  const zone = page.locator('form[action="/account/zone"]');
  await expect(zone).toContainText("Without a choice of yours it is America/New York, as your organisation's sign-in tells.");
  await zone.locator("select").selectOption("Asia/Tokyo");
  await zone.locator("button").click();
  await expect(page.locator("main")).toContainText("Times are said in Asia/Tokyo from now on.");
  await expect(zone.locator("select")).toHaveValue("Asia/Tokyo");
  const cookies = (await context.cookies(installation.url)).filter((cookie) => cookie.name.includes("countersign"));
  expect(cookies.map(({ name, secure, httpOnly, sameSite, path, expires }) => ({ name, secure, httpOnly, sameSite, path, expires }))).toEqual([
    { name: "__Host-countersign", secure: true, httpOnly: true, sameSite: "Lax", path: "/", expires: -1 },
  ]);

  await main.locator('form[action="/session/end"] button').click();
  await page.getByRole("button", { name: "Yes, sign me out" }).click();
  await page.waitForURL((url) => url.href.startsWith(`${installation.url}/sign-in`));
  await page.goto(`${installation.url}/account`);
  await expect(page).toHaveURL(`${installation.url}/sign-in?then=%2Faccount`);
  // There, too: who signs in next is asked who they are.
  await toProvider(page, installation);
});

test("groups decide what a person finds, and the sources what they are known as", async ({ page, browser, installation }) => {
  await signIn(page, installation, "ines");
  await page.goto(`${installation.url}/sources`);
  await page.getByRole("link", { name: "Directory" }).first().click();
  const read = page.waitForResponse((response) => response.url().endsWith("/sync") && response.request().method() === "POST");
  await page.locator('form[action$="/sync"] button').first().click();
  expect((await read).status()).toBe(303);
  expect((await page.goto(`${installation.url}/campaigns/open`))?.status(), "an administrator opens no campaign").toBe(404);

  const visit = async (login: string) => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    await onLoopbackOnly(context);
    const page = await context.newPage();
    await signIn(page, installation, login);
    return page;
  };
  const owner = await visit("olu");
  expect((await owner.goto(`${installation.url}/campaigns/open`))?.status()).toBe(200);
  const reviewer = await visit("ada");
  expect((await reviewer.goto(`${installation.url}/sources`))?.status(), "what a reviewer may not see does not exist").toBe(404);
  await reviewer.goto(`${installation.url}/account`);
  await expect(reviewer.locator("main")).toContainText("Ada L. (Treasury)");
  await owner.context().close();
  await reviewer.context().close();
});

test("who turns back at the provider is told what happened", async ({ page, installation }) => {
  await toProvider(page, installation);
  const answered = page.waitForResponse((response) => response.url().startsWith(`${installation.url}/sign-in/callback`));
  await page.getByRole("link", { name: /Cancel/ }).click();
  expect((await answered).status()).toBe(400);
  await expect(page.getByRole("heading", { name: "Signing in was not completed" })).toBeVisible();
  await expect(page.locator("main")).toContainText("did not let you through, or you turned back there");
  await expect(page.locator("main")).toContainText("You are not signed in");
  await page.goto(`${installation.url}/account`);
  await expect(page).toHaveURL(/\/sign-in\?then=/);
});

test("whom the provider does not know never comes back", async ({ page, installation }) => {
  await toProvider(page, installation);
  await give(page, "nobody-of-that-name");
  // The provider says so on a page of its own.
  await expect(page.getByText("server_error")).toBeVisible();
  expect(new URL(page.url()).origin).toBe(installation.issuer);
  await page.goto(`${installation.url}/account`);
  await expect(page).toHaveURL(/\/sign-in\?then=/);
});

test("whose groups give no role is told so, and is not signed in", async ({ page, installation }) => {
  await signIn(page, installation, "gil");
  await expect(page.getByRole("heading", { name: "You have no role here" })).toBeVisible();
  await expect(page.locator("main")).toContainText("Ask your administrator to be put into the right group");
  await page.goto(`${installation.url}/account`);
  await expect(page).toHaveURL(/\/sign-in\?then=/);
});

test("a code of another sign-in is not taken, with its state or without", async ({ page, browser, installation }) => {
  // Somebody lets the provider answer, and keeps the answer for another.
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  await onLoopbackOnly(context);
  const theirs = await context.newPage();
  await toProvider(theirs, installation);
  await give(theirs, "olu");
  await expect(theirs.getByRole("button", { name: "Continue" })).toBeVisible();
  const consent = await theirs.locator("form").getAttribute("action");
  const here = { maxRedirects: 0 };
  let answered = await context.request.post(consent ?? "", { ...here, form: { prompt: "consent" } });
  const callback = `${installation.url}/sign-in/callback?`;
  while (!answered.headers().location?.startsWith(callback)) answered = await context.request.get(answered.headers().location, here);
  const kept = new URL(answered.headers().location);
  expect(kept.searchParams.get("code")).toBeTruthy();

  await toProvider(page, installation);
  expect((await page.goto(kept.href))?.status(), "the state is that of another browser").toBe(400);
  await expect(page.locator("main")).toContainText("does not belong to a sign-in that began in this browser");

  // With the state put right, the code is still bound to another verifier and nonce.
  const state = (await toProvider(page, installation)).searchParams.get("state");
  kept.searchParams.set("state", state ?? "");
  expect((await page.goto(kept.href))?.status()).toBe(502);
  await expect(page.getByRole("heading", { name: "Signing in did not work" })).toBeVisible();
  await page.goto(`${installation.url}/account`);
  await expect(page).toHaveURL(/\/sign-in\?then=/);
  await context.close();
});

test("the provider changes its keys while the program runs", async ({ page, context, installation }) => {
  await signIn(page, installation, "ada");
  await context.clearCookies();
  await installation.renewProvider();
  await signIn(page, installation, "ada");
  await page.goto(`${installation.url}/account`);
  await expect(page.locator("main")).toContainText("Ada Lindqvist");
});
