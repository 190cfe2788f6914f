// What users of SMART's JavaScript client (fhirclient) ask of a FHIR server, in Node,
// through the library's own interface. One line of JSON an ask; after each the script
// waits for a line, so that the test knows which requests belong to it. The library is
// as it was installed.
const { createInterface } = require('node:readline');
const smart = require('fhirclient');

const { MCR_BASE: base, MCR_TOKEN: token, MCR_PATIENT: patient, MCR_NHS_NUMBER: number } = process.env;
const identifier = encodeURIComponent(`https://fhir.nhs.uk/Id/nhs-number|${number}`);
const loinc = encodeURIComponent('http://loinc.org|');
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

// An app of Node gives the library its request, its response and where to keep a session.
const kept = new Map();
const storage = { get: async (k) => kept.get(k), set: async (k, v) => kept.set(k, v) && v, unset: async (k) => kept.delete(k) };
const app = smart({ headers: { host: 'localhost' }, url: '/launch', socket: {} }, {}, storage);
const client = app.client({ serverUrl: base, tokenResponse: { access_token: token, patient } });

async function ask(name, how) {
  const line = { client: 'fhirclientjs', ask: name, ok: true, status: 200 };
  try {
    line.detail = await how();
  } catch (e) {
    line.ok = false;
    line.status = e.status ?? 0;
    line.detail = reason(e);
  }
  console.log(JSON.stringify(line));
  await answers.next();
}

// reason is the reason code of the OperationOutcome, which the library puts into its message.
function reason(e) {
  try {
    return JSON.parse(e.message.slice(e.message.indexOf('{'), e.message.lastIndexOf('}') + 1)).issue[0].details.coding[0].code;
  } catch {
    return String(e);
  }
}

// kinds tells what came, by type: "7 Observation, 1 OperationOutcome".
function kinds(resources) {
  const found = {};
  for (const r of resources) found[r.resourceType] = (found[r.resourceType] ?? 0) + 1;
  return Object.keys(found).sort().map((kind) => `${found[kind]} ${kind}`).join(', ') || 'nothing';
}
const named = (r) => `${r.resourceType}/${r.id}`;
const came = async (url, fhirOptions) => kinds(await client.request(url, { flat: true, ...fhirOptions }));
const ofPatient = (query = '', fhirOptions) => came(`Observation?patient=${patient}${query}`, fhirOptions);
const ids = (resources) => resources.filter((r) => r.id).map((r) => r.id).join(' ');

async function main() {
  // What is offered: the library asks once, without the token, and keeps it.
  await ask('metadata', () => app.client(base).getFhirVersion());

  // Reading.
  await ask('read a patient', async () => named(await client.request(`Patient/${patient}`)));
  await ask('the patient in context', async () => named(await client.patient.read()));
  await ask('read with a slash at the end', async () => named(await client.request(`Patient/${patient}/`)));
  await ask('read by absolute address', async () => named(await client.request(`${base}/Patient/${patient}`)));
  await ask('read what is withheld', async () => named(await client.request('Observation/o8')));
  await ask('read a version', async () => named(await client.request('Observation/o1/_history/1')));
  await ask('history of one', () => came('Observation/o1/_history'));
  await ask('resolve a practitioner', async () =>
    named((await client.request('Observation/o1', { resolveReferences: ['performer'] })).performer[0]));
  await ask('resolve an organisation', async () =>
    named((await client.request(`Patient/${patient}`, { resolveReferences: ['managingOrganization'] })).managingOrganization));
  await ask('resolve a medication', async () =>
    named((await client.request('MedicationRequest/mr1', { resolveReferences: ['medicationReference'] })).medicationReference));
  await ask('resolve a location', async () =>
    named((await client.request('Encounter/e1', { resolveReferences: ['location.0.location'] })).location[0].location));
  await ask('resolve in all entries', async () => {
    const { references } = await client.request(`Observation?patient=${patient}`, { flat: false, graph: false, resolveReferences: ['performer', 'encounter'] });
    return kinds(Object.values(references));
  });

  // Naming the patient.
  await ask('find a patient by NHS number', () => came(`Patient?identifier=${identifier}`));
  await ask('find a patient by id', () => came(`Patient?_id=${patient}`));
  await ask('find two patients by id', () => came(`Patient?_id=${patient},p2`));
  await ask("search by the patient's id", () => ofPatient());
  await ask('search in the context of the patient', async () => kinds(await client.patient.request('Observation', { flat: true })));
  await ask('search by a reference to the patient', () => came(`Observation?patient=Patient/${patient}`));
  await ask('search by an absolute reference', () => came(`Observation?patient=${encodeURIComponent(`${base}/Patient/${patient}`)}`));
  await ask('search by subject:Patient', () => came(`Observation?subject:Patient=${patient}`));
  await ask('search by patient.identifier', () => came(`Observation?patient.identifier=${identifier}`));
  await ask('search in the compartment', () => came(`Patient/${patient}/Observation`));
  await ask('search with a slash at the end', () => came(`Observation/?patient=${patient}`));
  await ask('search for nobody known', () => came('Observation?patient=nobody-known'));
  await ask('search without a patient', () => came('Observation?code=718-7'));

  // Pages.
  await ask('all pages', () => ofPatient('&_count=2', { pageLimit: 0 }));
  await ask('all pages, one after the other', async () => {
    const found = [];
    for await (const r of client.resources(`Observation?patient=${patient}&_count=2`, { headers: { authorization: client.getAuthorizationHeader() } })) found.push(r);
    return kinds(found);
  });
  await ask('two pages', async () => kinds(await client.patient.request('Observation?_count=2', { pageLimit: 2, flat: true })));
  await ask('a page of three', () => ofPatient('&_count=3'));
  await ask('_count=0', () => ofPatient('&_count=0'));

  // What narrows and orders.
  await ask('sort by date', async () => ids(await client.request(`Observation?patient=${patient}&_sort=-date`, { flat: true })));
  await ask('sort by date and code', async () => ids(await client.request(`Observation?patient=${patient}&_sort=-date,code`, { flat: true })));
  await ask('dates from and to', () => ofPatient('&date=ge2026-04-01&date=lt2026-05-02'));
  await ask('code with its system', () => ofPatient(`&code=${loinc}718-7`));
  await ask('code with its system, as it is', () => ofPatient('&code=http://loinc.org|718-7'));
  await ask('any code of a system', () => ofPatient(`&code=${loinc}`));
  await ask('one code or another', () => ofPatient(`&code=${loinc}718-7,${loinc}2160-0`));
  await ask('status:not', () => ofPatient('&status:not=amended'));
  await ask('two of their ids', () => ofPatient('&_id=o1,o2'));
  await ask('encounter', () => ofPatient('&encounter=e1'));
  await ask('_lastUpdated', () => ofPatient('&_lastUpdated=ge2020-01-01'));
  await ask('search by POST', async () => {
    const answer = await client.request({
      url: 'Observation/_search', method: 'POST', body: `patient=${patient}&_count=3`, headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }, { flat: true });
    return kinds(answer);
  });

  // What comes with it.
  await ask('include the performer', () => ofPatient('&_include=Observation:performer'));
  await ask('include the patient', () => ofPatient('&_include=Observation:patient'));
  await ask('include the medication', () => came(`MedicationRequest?patient=${patient}&_include=MedicationRequest:medication`));
  await ask('revinclude provenance', () => ofPatient('&_revinclude=Provenance:target'));

  // How much of it.
  await ask('_summary=true', () => ofPatient('&_summary=true'));
  await ask('_summary=count', async () => String((await client.request(`Observation?patient=${patient}&_summary=count`)).total));
  await ask('_elements', async () =>
    Object.keys((await client.request(`Observation?patient=${patient}&_elements=status,code`, { flat: true }))[0]).sort().join(','));
  await ask('_total=none', () => ofPatient('&_total=none'));
  await ask('_format=json', () => ofPatient('&_format=json'));
  await ask('_format=application/fhir+json', () => ofPatient('&_format=application/fhir+json'));
  await ask('_pretty', () => ofPatient('&_pretty=true'));

  // Operations, batches, documents, writes.
  await ask('$everything by GET', () => came(`Patient/${patient}/$everything`, { pageLimit: 0 }));
  const batch = async (...requests) => {
    const body = { resourceType: 'Bundle', type: 'batch', entry: requests.map(([method, url]) => ({ request: { method, url } })) };
    const answer = await client.request({ url: base, method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/fhir+json' } });
    return answer.entry.map((e) => e.response.status.split(' ')[0]).join(', ');
  };
  await ask('batch of reads', () => batch(['GET', `Patient/${patient}`], ['GET', `Observation?patient=${patient}`], ['GET', 'Observation/o8']));
  await ask('batch with a write', () => batch(['GET', `Patient/${patient}`], ['DELETE', `Patient/${patient}`]));
  await ask('open a letter', async () => {
    const letter = await client.request('DocumentReference/d1');
    const opened = await client.request({ url: letter.content[0].attachment.url, headers: { accept: 'text/plain' } });
    return typeof opened === 'string' ? opened : named(opened);
  });
  await ask('create', async () => named(await client.create({ resourceType: 'Observation', status: 'final', code: { text: 'x' } })));
  await ask('update', async () => named(await client.update({ resourceType: 'Patient', id: patient, active: true })));
  await ask('patch', async () => named(await client.patch(`Patient/${patient}`, [{ op: 'replace', path: '/active', value: true }])));
  await ask('delete', async () => String(await client.delete(`Patient/${patient}`)));
  await ask('record a permission', async () => (await client.create(JSON.parse(process.env.MCR_CONSENT))).resourceType);

  // Who asks.
  await ask('where to log in', async () => {
    const launch = { iss: base, clientId: 'asks', scope: 'openid patient/*.read', redirectUri: 'http://localhost/back', noRedirect: true };
    const address = new URL(await app.authorize(launch));
    return address.host === 'localhost' ? 'the server does not say' : `${address.origin}${address.pathname}`;
  });
  await ask('without a token', async () => named(await app.client(base).request(`Patient/${patient}`)));
  process.exit(0);
}

main();
