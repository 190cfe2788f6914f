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

// ask asks with the library; sent is what it puts into the request.
let sent;
async function ask(name, token, DPoP) {
  const line = { ask: name };
  known[client.customFetch] = (address, options) => fetch(address, { ...options, headers: (sent = options.headers) });
  try {
    const answer = await client.fetchProtectedResource(known, token, new URL(patient), 'GET', null, undefined, { DPoP });
    line.status = answer.status;
  } catch (e) {
    line.status = e.status ?? 0;
    line.challenge = e.response?.headers.get('www-authenticate') ?? String(e);
  }
  delete known[client.customFetch];
  say(line);
}

// send asks without it.
async function send(name, headers, address = patient) {
  const answer = await fetch(address, { headers });
  say({ ask: name, status: answer.status, challenge: answer.headers.get('www-authenticate') ?? '' });
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
const bound = (await signIn({ pushed: true, DPoP })).access_token;
await ask('DPoP', bound, DPoP);
const used = Object.fromEntries(new Headers(sent));
await ask('DPoP, again', bound, DPoP);
const fresh = Object.fromEntries(new Headers(sent)); // used as well, at its own address
await send('a proof that was used before', used);
await send('a proof for another address', fresh, patient.replace('/Patient?', '/Observation?'));
await send('a DPoP token without a proof', { authorization: `DPoP ${bound}` });
await send('a DPoP token as a bearer token', { authorization: `Bearer ${bound}` });
await ask('a proof of another key', bound, client.getDPoPHandle(known, await client.randomDPoPKeyPair('ES256')));
await ask("a token for the proof's key, not DPoP's", tokens.access_token, DPoP);

await at('dpop-opaque', client.None());
const other = client.getDPoPHandle(known, await client.randomDPoPKeyPair('ES256'));
await ask('DPoP, and a token that is no JWT', (await signIn({ DPoP: other })).access_token, other);

// Who signs out of an application has it take the token back at the broker (RFC 7009), at an
// address that no discovery tells.
const broker = new client.Configuration({ issuer, revocation_endpoint: String(new URL('/revoke', patient)) }, 'application', undefined, client.None());
client.allowInsecureRequests(broker);
await client.tokenRevocation(broker, renewed.access_token, { token_type_hint: 'access_token' });
await at('application', client.None());
await ask('a token that was taken back', renewed.access_token);
await ask('another token of the same session', tokens.access_token);
await client.tokenRevocation(broker, renewed.access_token); // as RFC 7009 has it, no error

process.exit();
