// A sign-in provider for the tests: npm's `oidc-provider` as it comes, with its own pages for
// signing in and consent, on loopback, with TLS and fresh RS256 keys at every start.
//
// It is started by installation.ts with its setup as JSON, prints its issuer and runs until it is
// ended. Whoever is not in the list is nobody there; the password is not looked at.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import Provider from "oidc-provider";

const setup = JSON.parse(process.argv[2]);
const jwk = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });

const configuration = {
  clients: [
    {
      client_id: setup.clientId,
      client_secret: setup.clientSecret,
      grant_types: ["authorization_code"],
      response_types: ["code"],
      redirect_uris: [`${setup.client}/sign-in/callback`],
      post_logout_redirect_uris: [`${setup.client}/sign-in`],
      token_endpoint_auth_method: "client_secret_basic",
    },
  ],
  jwks: { keys: [{ ...jwk, kid: randomUUID(), use: "sig", alg: "RS256" }] },
  cookies: { keys: [randomUUID()] },
  pkce: { required: () => true },
  scopes: ["openid", "profile", "email", "groups"],
  claims: { openid: ["sub"], profile: ["name", "zoneinfo"], email: ["email", "email_verified"], groups: ["groups"] },
  findAccount: (_context, id) => {
    const person = setup.people[id];
    return person && { accountId: id, claims: () => ({ sub: id, email_verified: true, ...person }) };
  },
};

// The port is taken first, because the issuer's address holds it.
let answer = (_request, response) => response.writeHead(503).end();
const server = createServer({ key: readFileSync(setup.key), cert: readFileSync(setup.certificate) }, (request, response) =>
  answer(request, response),
);
server.listen(setup.port, "127.0.0.1", () => {
  const issuer = `https://localhost:${server.address().port}`;
  answer = new Provider(issuer, configuration).callback();
  console.log(`issuer ${issuer}`);
});
