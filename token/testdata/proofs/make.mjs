// Makes the proofs of two published libraries: npm install dpop@2.1.2 oauth4webapi@3.8.8, then
// node make.mjs > made.json
import * as DPoP from 'dpop'
import * as oauth from 'oauth4webapi'
import { createHash } from 'node:crypto'

const method = 'GET', address = 'https://broker.example/gp-riverside/fhir/Observation', token = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'
const made = []
const note = (library, alg, thumbprint, proof) =>
  made.push({ library, alg, thumbprint, proof, method, address, token, iat: JSON.parse(Buffer.from(proof.split('.')[1], 'base64url')).iat })

for (const alg of ['ES256', 'RS256', 'PS256', 'Ed25519']) {
  const pair = await DPoP.generateKeyPair(alg, { extractable: true })
  note('dpop 2.1.2', alg, await DPoP.calculateThumbprint(pair.publicKey), await DPoP.generateProof(pair, address + '?patient=p1', method, undefined, token))
}
for (const alg of ['ES256', 'ES384', 'ES512', 'PS384', 'Ed25519']) {
  const pair = await oauth.generateKeyPair(alg, { extractable: true })
  const client = { client_id: 'x' }
  const handle = oauth.DPoP(client, pair)
  let proof
  await oauth.protectedResourceRequest(token, method, new URL(address + '?patient=p1'), new Headers(), null, {
    DPoP: handle,
    [oauth.customFetch]: async (_, options) => { proof = new Headers(options.headers).get('dpop'); return new Response('{}') },
  })
  note('oauth4webapi 3.8.8', alg, await handle.calculateThumbprint(), proof)
}
console.log(JSON.stringify(made, null, '\t'))
