// An OpenID provider that nobody here wrote: npm's oidc-provider, set up as NHS CIS2 is.
//
//   node provider.mjs setup.json
//
// The setup names the broker's audience, the people who may sign in, the clients, and a
// certificate for the listener that asks clients for theirs (RFC 8705). The first line
// that is printed says where it is. After that each line of JSON that comes in is an order,
// which one line answers; when no more can come, the process ends.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createInterface } from 'node:readline';

console.info = console.warn = console.error; // standard output is for answers alone
const { Provider } = await import('oidc-provider');

const setup = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const about = ['uid', 'nhsid_nrbac_roles', 'nhsid_user_orgs', 'selected_roleid', 'authentication_assurance_level', 'id_assurance_level'];
let provider, keys, away = false, slow = 0;
const given = {}; // how many tokens, by grant

// A client says by three members of ours what its access tokens are: tokenFormat "jwt" (the
// default), "opaque", or "userinfo", which is opaque and opens UserInfo; tokenAlg; and
// tokenClaims "none" where they say nothing of the person, as CIS2's do.
const ours = ['tokenFormat', 'tokenAlg', 'tokenClaims'];

function configuration() {
  return {
    clients: setup.clients,
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    extraClientMetadata: { properties: ours },
    jwks: { keys: keys.published },
    scopes: ['openid', 'offline_access', 'profile', 'nationalrbacaccess'],
    claims: { openid: ['sub'], profile: ['name'], nationalrbacaccess: about, acr: null, sid: null, auth_time: null, iss: null },
    acrValues: ['AAL3'],
    enabledJWA: { clientAuthSigningAlgValues: ['RS256', 'RS512', 'PS256', 'ES256'] },
    findAccount: (_, id) => setup.people[id] && { accountId: id, claims: () => ({ ...setup.people[id], sub: id }) },
    extraTokenClaims: (_, token) => ({
      ...(token.client?.tokenClaims !== 'none' && setup.people[token.accountId]), ...(token.sid && { sid: token.sid }),
    }),
    issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
    ttl: { Interaction: 24 * 60 * 60 }, // longer than the clock is ever behind: a browser would forget it
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: granted,
    // Where a token is told to be over, and whose keys are looked up, is this machine: the
    // library's guard against that is for the internet.
    fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
    discovery: { mtls_endpoint_aliases: { token_endpoint: `${setup.secure}/token` } },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      jwtIntrospection: { enabled: true },
      jwtUserinfo: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: {
        logoutSource: page('Sign out', (form) => `${form}<button form="op.logoutForm" name="logout" value="yes">Sign out everywhere</button>`),
        postLogoutSuccessSource: page('You are signed out everywhere', () => ''),
      },
      mTLS: { enabled: true, certificateBoundAccessTokens: true, getCertificate: (ctx) => ctx.socket.getPeerX509Certificate?.()?.toString() },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_, client, oneOf) => oneOf ?? (client.tokenFormat === 'userinfo' ? undefined : setup.audience),
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource, client) => ({
          audience: resource, scope: setup.scope,
          accessTokenFormat: client.tokenFormat ?? 'jwt', jwt: { sign: { alg: client.tokenAlg ?? 'ES256' } },
        }),
      },
    },
  };
}

// The library's own pages have letters from elsewhere.
function html(title, rest) {
  return `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1>${rest}</html>`;
}
function page(title, rest) {
  return (ctx, form) => {
    ctx.type = 'html';
    ctx.body = html(title, rest(form));
  };
}

// CIS2 does not ask people what an application of the NHS may know of them.
async function granted({ oidc }) {
  const id = oidc.result?.consent?.grantId ?? oidc.session.grantIdFor(oidc.client.clientId);
  const grant = (id && (await oidc.provider.Grant.find(id))) ||
    new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope([...oidc.requestParamOIDCScopes].join(' '));
  for (const [resource, server] of Object.entries(oidc.resourceServers)) grant.addResourceScope(resource, server.scope);
  await grant.save();
  return grant;
}

// The page on which somebody says who they are. Nobody is asked anything else.
async function interaction(req, res) {
  const { prompt } = await provider.interactionDetails(req, res);
  if (prompt.name === 'consent') return provider.interactionFinished(req, res, { consent: {} });
  if (req.method === 'POST') {
    let body = '';
    for await (const part of req) body += part;
    return provider.interactionFinished(req, res, { login: { accountId: new URLSearchParams(body).get('account'), acr: 'AAL3' } });
  }
  const buttons = Object.entries(setup.people).map(([id, of]) => `<li><button name="account" value="${id}">${of.name}</button></li>`);
  res.setHeader('content-type', 'text/html; charset=utf-8');
  res.end(html('Who are you?', `<form method="post"><ul>${buttons.join('')}</ul></form>`));
}

function answer(req, res) {
  const done = req.url.startsWith('/interaction/') ? interaction(req, res) : provider.callback()(req, res);
  Promise.resolve(done).catch((error) => {
    console.error(error);
    res.statusCode = 500;
    res.end();
  });
}

// newKeys makes a pair for each algorithm. Those before stay published where that is asked
// for, behind the new ones, which alone sign.
function newKeys(keep) {
  const made = [['ec', { namedCurve: 'P-256' }], ['rsa', { modulusLength: 2048 }]]
    .map(([kind, options]) => ({ ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }), use: 'sig' }));
  keys = { made, published: keep ? [...made, ...keys.made] : made };
}

// begin starts the provider as a restart does: what it gave out before and kept in memory is gone.
function begin() {
  provider = new Provider(setup.issuer, configuration());
  provider.on('grant.success', ({ oidc: { params } }) => { given[params.grant_type] = (given[params.grant_type] ?? 0) + 1; });
  for (const event of ['server_error', 'backchannel.error']) provider.on(event, (_, error) => console.error(event, error));
}

const orders = {
  rotate({ keep }) {
    newKeys(keep);
    begin();
  },
  // Connections break, as those of a machine that is gone.
  away(order) {
    away = order.away;
    if (away) for (const server of servers) server.closeAllConnections();
  },
  // How many tokens were given, by the grant for which they were.
  given: () => given,
  // What is given out after this was given out so many seconds ago.
  slow({ seconds }) {
    slow = seconds;
  },
};
const now = Date.now;
Date.now = () => now() - slow * 1000;

const servers = [createServer(answer), createSecureServer({ ...setup.tls, requestCert: true, rejectUnauthorized: false }, answer)];
const addresses = await Promise.all(servers.map((server) => new Promise((resolve, reject) => {
  server.on('error', reject);
  server.on('connection', (socket) => away && socket.destroy());
  server.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${server.address().port}`));
})));
setup.issuer = `http://${addresses[0]}`;
setup.secure = `https://${addresses[1]}`;
newKeys(false);
begin();
console.log(JSON.stringify({ issuer: setup.issuer, secure: setup.secure }));
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  console.log(JSON.stringify(orders[order.do](order) ?? {}));
}
process.exit();
