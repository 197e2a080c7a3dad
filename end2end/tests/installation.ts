// An installation as an organisation has it: `countersign serve` with a configuration file, TLS in
// front of it, and npm's oidc-provider for signing in. Everything listens on loopback.
import { test as base, expect, type BrowserContext, type Page } from "@playwright/test";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";

export { expect };

export interface Installation {
  // Where people reach it: https on 127.0.0.1. The provider is on localhost, which is another site to a browser.
  url: string;
  issuer: string;
  // Ends the provider and starts it again on the same port, with new keys and no memory.
  renewProvider: () => Promise<void>;
}

// What an installation is made with, where it differs from the usual one.
export interface Setup {
  people: Record<string, { name: string; email: string; groups: string[]; zoneinfo?: string }>;
  roles: Record<string, string>;
  // Lines of the configuration: policy, sources. The address is where people reach the installation.
  more: (folder: string, url: string) => Promise<{ lines: string[]; stop: () => Promise<void> }>;
}

const CLIENT = { clientId: "countersign", clientSecret: "a secret of the tests" };

// Those whom the provider knows, by what they type there.
const PEOPLE: Record<string, { name: string; email: string; groups: string[]; zoneinfo?: string }> = {
  ada: { name: "Ada Lindqvist", email: "ada@meridian.example", groups: ["access-reviewers", "all-staff"], zoneinfo: "America/New_York" },
  olu: { name: "Olu Adeyemi", email: "olu@meridian.example", groups: ["access-review-owners"] },
  ines: { name: "Inês Carvalho", email: "ines@meridian.example", groups: ["it-administrators"] },
  gil: { name: "Gil Moreau", email: "gil@meridian.example", groups: ["all-staff"] },
};

const ROLES: Record<string, string> = { "access-reviewers": "reviewer", "access-review-owners": "owner", "it-administrators": "administrator" };

const FILES = {
  "people.csv": "person_id,name,email,manager_id,status\nada,Ada L. (Treasury),ada@meridian.example,,active\nbob,Bob Hale,bob@meridian.example,ada,active\n",
  "entitlements.csv": "entitlement_id,name,application\npay,Payments: release,Ledgerline\n",
  "grants.csv": "person_id,entitlement_id,path\nbob,pay,direct\n",
};

// Waits for a line of a process, or says what it said instead.
export function line(child: ChildProcess, wanted: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (bytes: Buffer) => {
      said += bytes.toString();
      const found = wanted.exec(said);
      if (found) resolve(found);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", (code) => reject(new Error(`the process ended with ${code}:\n${said}`)));
  });
}

export function end(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once("exit", (code) => resolve(code));
    child.kill("SIGTERM");
  });
}

// A certificate authority for one run, and a certificate of it for localhost and 127.0.0.1.
function certificates(folder: string): { authority: string; key: string; certificate: string } {
  const at = (name: string) => join(folder, name);
  const openssl = (...words: string[]) => execFileSync("openssl", words, { stdio: ["ignore", "ignore", "pipe"] });
  const fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-x509", ...fresh, "-keyout", at("ca.key"), "-out", at("ca.pem"), "-days", "2", "-subj", "/CN=Countersign tests");
  openssl("req", ...fresh, "-keyout", at("tls.key"), "-out", at("tls.csr"), "-subj", "/CN=localhost");
  writeFileSync(at("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n");
  const issue = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-set_serial", "2", "-days", "2", "-extfile", at("names")];
  openssl("x509", "-req", "-in", at("tls.csr"), ...issue, "-out", at("tls.pem"));
  return { authority: at("ca.pem"), key: at("tls.key"), certificate: at("tls.pem") };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

function configuration(folder: string, url: string, issuer: string, given: Record<string, string>, more: string[]): string {
  const text = (value: string) => JSON.stringify(value);
  const at = (name: string) => text(join(folder, name));
  for (const [number, name] of ["seal", "pseudonym", "signing"].entries()) writeFileSync(join(folder, name), `0${number + 1}`.repeat(32));
  mkdirSync(join(folder, "data"));
  const roles = Object.entries(given).map(([group, role]) => `${text(group)} = ${text(role)}`);
  return [
    `origin = "reviews.test"`,
    `folder = ${at("data")}`,
    `[server]`,
    `listen = "127.0.0.1:0"`,
    `public_url = ${text(url)}`,
    `[database]`,
    `url = ${text(`sqlite:${join(folder, "countersign.db")}`)}`,
    `[[keys.seal]]`,
    `id = "s1"`,
    `file = ${at("seal")}`,
    `[keys.pseudonym]`,
    `id = "p1"`,
    `file = ${at("pseudonym")}`,
    `[keys.signing]`,
    `file = ${at("signing")}`,
    `[[providers]]`,
    `name = "Meridian SSO"`,
    `issuer = ${text(issuer)}`,
    `client_id = ${text(CLIENT.clientId)}`,
    `client_secret = { env = "SECRET_OF_THE_CLIENT" }`,
    `scopes = ["profile", "email", "groups"]`,
    `role_claim = "groups"`,
    `[providers.roles]`,
    ...roles,
    ...more,
  ].join("\n");
}

// One source of files, and a handful of people.
const USUAL: Setup = {
  people: PEOPLE,
  roles: ROLES,
  more: async (folder) => {
    mkdirSync(join(folder, "files"));
    for (const [name, content] of Object.entries(FILES)) writeFileSync(join(folder, "files", name), content);
    return { lines: ["[[sources]]", 'name = "Directory"', `folder = ${JSON.stringify(join(folder, "files"))}`], stop: async () => undefined };
  },
};

export async function start(setup: Setup = USUAL): Promise<{ installation: Installation; stop: () => Promise<void> }> {
  const binary = process.env.COUNTERSIGN_BIN;
  if (!binary) throw new Error("COUNTERSIGN_BIN names no program; `make test` sets it.");
  const folder = mkdtempSync(join(tmpdir(), "countersign-end2end-"));
  const tls = certificates(folder);
  let inner = 0;
  const pair = execFileSync("cat", [tls.key, tls.certificate], { encoding: "utf8" });
  // What a reverse proxy does that only ends TLS.
  const front = createServer({ key: pair, cert: pair }, (outside) => {
    const inside = connect(inner, "127.0.0.1");
    outside.pipe(inside).pipe(outside);
    outside.on("error", () => inside.destroy());
    inside.on("error", () => outside.destroy());
  });
  const url = `https://127.0.0.1:${await listening(front)}`;

  const more = await setup.more(folder, url);
  const startProvider = async (port: number): Promise<[ChildProcess, string]> => {
    const given = { ...CLIENT, client: url, people: setup.people, port, key: tls.key, certificate: tls.certificate };
    const child = spawn(process.execPath, [join(import.meta.dirname, "provider.mjs"), JSON.stringify(given)], { stdio: ["ignore", "pipe", "pipe"] });
    return [child, (await line(child, /^issuer (\S+)$/m))[1]];
  };
  let [provider, issuer] = await startProvider(0);

  const config = join(folder, "countersign.toml");
  writeFileSync(config, configuration(folder, url, issuer, setup.roles, more.lines));
  const program = spawn(binary, ["serve", "--config", config], {
    stdio: ["ignore", "pipe", "pipe"],
    // The provider's certificate is believed the way any organisation's own authority is.
    env: { ...process.env, SECRET_OF_THE_CLIENT: CLIENT.clientSecret, SSL_CERT_FILE: tls.authority },
  });
  inner = Number((await line(program, /listens on 127\.0\.0\.1:(\d+)/))[1]);

  const renewProvider = async () => {
    await end(provider);
    [provider, issuer] = await startProvider(Number(new URL(issuer).port));
  };
  const stop = async () => {
    const code = await end(program);
    await end(provider);
    await more.stop();
    front.close();
    rmSync(folder, { recursive: true, force: true });
    expect(code, "SIGTERM ends the program well").toBe(0);
  };
  return { installation: { url, issuer, renewProvider }, stop };
}

// The provider's pages ask a font of another site; nothing here leaves the machine.
export async function onLoopbackOnly(context: BrowserContext): Promise<void> {
  await context.route(
    (url) => !["127.0.0.1", "localhost"].includes(url.hostname),
    (route) => route.abort(),
  );
}

export const test = base.extend<{ complaints: string[] }, { installation: Installation }>({
  installation: [
    async ({}, use) => {
      const { installation, stop } = await start();
      await use(installation);
      await stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  ignoreHTTPSErrors: true,
  complaints: [
    async ({ page, context, installation }, use) => {
      await onLoopbackOnly(context);
      const complaints: string[] = [];
      page.on("console", (message) => {
        // The provider's pages are its own matter.
        const ours = message.location().url.startsWith(installation.url);
        if (ours && ["error", "warning"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
      });
      page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
      await use(complaints);
      // A refusal is a page with its status, which Chromium reports as a failed load.
      const real = complaints.filter((text) => !/the server responded with a status of (400|403|404|409|422|502)/.test(text));
      expect(real, "what the browser complained about").toEqual([]);
    },
    { auto: true },
  ],
});

// From our sign-in page to the provider's.
export async function toProvider(page: Page, installation: Installation): Promise<URL> {
  await page.goto(`${installation.url}/sign-in`);
  const asked = page.waitForRequest((request) => request.url().startsWith(`${installation.issuer}/auth?`));
  await page.getByRole("link", { name: /Meridian SSO/ }).click();
  const url = new URL((await asked).url());
  await expect(page.getByPlaceholder("Enter any login")).toBeVisible();
  return url;
}

// Types a login at the provider, and a password that it does not look at.
export async function give(page: Page, login: string): Promise<void> {
  await page.getByPlaceholder("Enter any login").fill(login);
  await page.getByPlaceholder("and password").fill("anything");
  await page.getByRole("button", { name: "Sign-in" }).click();
}

// The whole way, up to a page of ours.
export async function signIn(page: Page, installation: Installation, login: string): Promise<void> {
  await toProvider(page, installation);
  await give(page, login);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL((url) => url.origin === installation.url);
}
