// What an application does with npm's openid-client at a provider and a broker, in the
// library's own words. A line that says "visit" waits for the address to which the provider
// leads back; one that says "ask" tells what came of asking the broker.
import { createInterface } from 'node:readline';
import * as client from 'openid-client';

const { issuer, patient, callback, key } = JSON.parse(process.env.MCR_APPLICATION);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (line) => console.log(JSON.stringify(line));

async function visit(address) {
  say({ visit: String(address) });
  return new URL((await lines.next()).value);
}

async function ask(name, token, dpop) {
  const line = { ask: name };
  try {
    const { DPoP, scheme } = dpop ?? {};
    const answer = scheme
      ? await fetch(patient, { headers: { authorization: `${scheme} ${token}`, ...dpop.headers } })
      : await client.fetchProtectedResource(known, token, new URL(patient), 'GET', null, undefined, { DPoP });
    line.status = answer.status;
    line.challenge = answer.headers.get('www-authenticate') ?? '';
  } catch (e) {
    line.status = e.status ?? 0;
    line.challenge = e.response?.headers.get('www-authenticate') ?? String(e);
  }
  say(line);
}

let known; // the configuration in use
async function at(id, authentication) {
  known = await client.discovery(new URL(issuer), id, undefined, authentication, { execute: [client.allowInsecureRequests] });
}

// signIn is the authorization code flow with PKCE, after a pushed request where that is asked for.
async function signIn({ pushed, DPoP } = {}) {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState(), nonce = client.randomNonce();
  const parameters = {
    redirect_uri: callback, scope: 'openid profile nationalrbacaccess', state, nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  };
  const address = pushed
    ? await client.buildAuthorizationUrlWithPAR(known, parameters, { DPoP })
    : client.buildAuthorizationUrl(known, parameters);
  return client.authorizationCodeGrant(known, await visit(address), { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }, undefined, { DPoP });
}

await at('application', client.None());
const tokens = await signIn();
await ask('the code flow with PKCE', tokens.access_token);
const renewed = await client.refreshTokenGrant(known, tokens.refresh_token);
await ask('a token that was renewed', renewed.access_token);

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
const signing = { key: await crypto.subtle.importKey('jwk', key, algorithm, false, ['sign']), kid: key.kid };
await at('signing', client.PrivateKeyJwt(signing));
await ask('a pushed request, and a client that signs', (await signIn({ pushed: true })).access_token);

await at('dpop', client.None());
const DPoP = client.getDPoPHandle(known, await client.randomDPoPKeyPair('ES256'));
const bound = await signIn({ pushed: true, DPoP });
say({ kind: bound.token_type });
await ask('DPoP', bound.access_token, { DPoP });
await ask('a DPoP token without a proof', bound.access_token, { scheme: 'Bearer' });

process.exit();
