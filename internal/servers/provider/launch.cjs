// A standalone launch of SMART App Launch 2 with npm's fhirclient, in Node: the application
// knows the address of a FHIR server and no more, and the library finds out where to sign in.
const { createInterface } = require('node:readline');
const smart = require('fhirclient');

const { base, query, callback } = JSON.parse(process.env.MCR_LAUNCH);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (line) => console.log(JSON.stringify(line));

const kept = new Map();
const storage = { get: async (k) => kept.get(k), set: async (k, v) => kept.set(k, v) && v, unset: async (k) => kept.delete(k) };
const at = (address) => smart({ headers: { host: new URL(address).host }, url: address.slice(new URL(address).origin.length), socket: {} }, {}, storage);

async function main() {
  const address = await at(callback).authorize({
    iss: base, clientId: 'application', scope: 'openid profile nationalrbacaccess', redirectUri: callback, pkceMode: 'required', noRedirect: true,
  });
  say({ visit: address });
  const client = await at((await lines.next()).value).ready();
  const found = await client.request(query, { flat: true });
  say({ ask: 'a standalone launch', status: 200, found: found.map((r) => r.resourceType), user: client.user.id ?? client.getIdToken()?.sub });
}

main().catch((e) => say({ ask: 'a standalone launch', status: e.status ?? 0, challenge: String(e) })).then(() => process.exit());
