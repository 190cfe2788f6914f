// What an app in a browser asks of a FHIR server at another origin, with SMART's
// JavaScript client as it is made for pages. It tells its own server of each ask,
// and goes on when that has noted which requests belong to it.
/* global FHIR */
(async () => {
  const { base, token, patient, foreign } = await (await fetch('/config')).json();
  const client = FHIR.client({ serverUrl: base, tokenResponse: { access_token: token, patient } });

  async function ask(name, how) {
    const line = { client: 'browser', ask: name, ok: true, status: 200 };
    try {
      line.detail = await how();
    } catch (e) {
      line.ok = false;
      line.status = e.status ?? 0;
      line.detail = reason(e);
    }
    await fetch('/outcome', { method: 'POST', body: JSON.stringify(line) });
  }

  // reason is the reason code of the OperationOutcome, which the library puts into its message.
  function reason(e) {
    try {
      return JSON.parse(e.message.slice(e.message.indexOf('{'), e.message.lastIndexOf('}') + 1)).issue[0].details.coding[0].code;
    } catch {
      return e.status === undefined && /fetch/i.test(e.message) ? 'the browser keeps it from the page' : String(e);
    }
  }

  const named = (r) => `${r.resourceType}/${r.id}`;
  function kinds(resources) {
    const found = {};
    for (const r of resources) found[r.resourceType] = (found[r.resourceType] ?? 0) + 1;
    return Object.keys(found).sort().map((kind) => `${found[kind]} ${kind}`).join(', ') || 'nothing';
  }

  if (foreign) { // a page of an origin that is not among those allowed
    await ask('a page from elsewhere: metadata', () => client.getFhirVersion());
    await ask('a page from elsewhere: read a patient', async () => named(await client.patient.read()));
  } else {
    await ask('metadata', () => client.getFhirVersion());
    await ask('read a patient', async () => named(await client.request(`Patient/${patient}`)));
    await ask('search in the context of the patient', async () => kinds(await client.patient.request('Observation', { flat: true })));
    await ask('all pages', async () => kinds(await client.request(`Observation?patient=${patient}&_count=2`, { pageLimit: 0, flat: true })));
    await ask('search by POST', async () => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      return kinds(await client.request({ url: 'Observation/_search', method: 'POST', body: `patient=${patient}&_count=3`, headers }, { flat: true }));
    });
    await ask('Prefer: handling=lenient', async () =>
      kinds(await client.request({ url: `Observation?patient=${patient}`, headers: { prefer: 'handling=lenient' } }, { flat: true })));
    await ask('search without a patient', async () => kinds(await client.request('Observation?code=718-7', { flat: true })));
    await ask('read what is withheld', async () => named(await client.request('Observation/o8')));
    await ask('the id of the record', async () => {
      const { response } = await client.request({ url: `Patient/${patient}`, includeResponse: true });
      return response.headers.get('x-record-id') ? 'can be read' : 'cannot be read';
    });
    await ask('where to log in', async () => {
      const launch = { iss: base, clientId: 'asks', scope: 'openid patient/*.read', redirectUri: location.origin, noRedirect: true };
      const address = new URL(await FHIR.oauth2.authorize(launch));
      return address.origin === location.origin ? 'the server does not say' : `${address.origin}${address.pathname}`;
    });
    await ask('without a token', async () => named(await FHIR.client(base).request(`Patient/${patient}`)));
  }
  await fetch('/done', { method: 'POST' });
})();
