// What users of fhir-kit-client ask of a FHIR server, through the library's own
// interface. One line of JSON an ask; after each the script waits for a line, so
// that the test knows which requests belong to it. The library is as it was installed.
import { createInterface } from 'node:readline';
import { Client } from 'fhir-kit-client';

const { MCR_BASE: base, MCR_TOKEN: token, MCR_PATIENT: patient, MCR_NHS_NUMBER: number } = process.env;
const identifier = `https://fhir.nhs.uk/Id/nhs-number|${number}`;
const loinc = 'http://loinc.org';
const client = new Client({ baseUrl: base, bearerToken: token });
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function ask(name, how) {
  const line = { client: 'fhirkit', ask: name, ok: true, status: 200 };
  try {
    line.detail = await how();
  } catch (e) {
    line.ok = false;
    line.status = e.response?.status ?? 0;
    line.detail = e.response?.data?.issue?.[0]?.details?.coding?.[0]?.code ?? String(e);
  }
  console.log(JSON.stringify(line));
  await answers.next();
}

// kinds tells what came, by type: "7 Observation, 1 OperationOutcome".
function kinds(resources) {
  const found = {};
  for (const r of resources) found[r.resourceType] = (found[r.resourceType] ?? 0) + 1;
  return Object.keys(found).sort().map((kind) => `${found[kind]} ${kind}`).join(', ') || 'nothing';
}
const entries = (bundle) => (bundle.entry ?? []).map((e) => e.resource);
const named = (r) => `${r.resourceType}/${r.id}`;
const ids = (bundle) => entries(bundle).filter((r) => r.id).map((r) => r.id).join(' ');
const search = (searchParams, resourceType = 'Observation', options = {}) => client.search({ resourceType, searchParams, options });
const ofPatient = (searchParams = {}, resourceType, options) => search({ patient, ...searchParams }, resourceType, options);
const came = async (bundle) => kinds(entries(await bundle));

async function all(bundle) {
  const found = [];
  for (let page = await bundle; page; page = await client.nextPage({ bundle: page })) found.push(...entries(page));
  return kinds(found);
}

// Reading.
await ask('read a patient', async () => named(await client.read({ resourceType: 'Patient', id: patient })));
await ask('read with a slash at the end', async () => named(await client.request(`Patient/${patient}/`)));
await ask('read by absolute address', async () => named(await client.resolve({ reference: `${base}/Patient/${patient}` })));
await ask('read what is withheld', async () => named(await client.read({ resourceType: 'Observation', id: 'o8' })));
await ask('read a version', async () => named(await client.vread({ resourceType: 'Observation', id: 'o1', version: '1' })));
await ask('history of one', async () => came(client.history({ resourceType: 'Observation', id: 'o1' })));
await ask('history of a type', async () => came(client.history({ resourceType: 'Observation' })));
await ask('resolve a practitioner', async () => {
  const context = await client.read({ resourceType: 'Observation', id: 'o1' });
  return named(await client.resolve({ reference: context.performer[0].reference, context }));
});
await ask('resolve an organisation', async () => named(await client.resolve({ reference: 'Organization/acute' })));
await ask('resolve a medication', async () => named(await client.resolve({ reference: 'Medication/ramipril' })));
await ask('resolve a location', async () => named(await client.resolve({ reference: 'Location/ward7' })));
await ask('resolve what is in the bundle', async () => {
  const context = await ofPatient({ _include: 'Observation:performer' });
  return named(await client.resolve({ reference: 'Practitioner/dr-jones', context }));
});

// Naming the patient.
await ask('find a patient by NHS number', () => came(search({ identifier }, 'Patient')));
await ask('find a patient by id', () => came(search({ _id: patient }, 'Patient')));
await ask('find two patients by id', () => came(search({ _id: `${patient},p2` }, 'Patient')));
await ask("search by the patient's id", () => came(ofPatient()));
await ask('search by a reference to the patient', () => came(search({ patient: `Patient/${patient}` })));
await ask('search by an absolute reference', () => came(search({ patient: `${base}/Patient/${patient}` })));
await ask('search by subject:Patient', () => came(search({ 'subject:Patient': patient })));
await ask('search by patient.identifier', () => came(search({ 'patient.identifier': identifier })));
await ask('search by patient:Patient.identifier', () => came(search({ 'patient:Patient.identifier': identifier })));
await ask('search in the compartment', () =>
  came(client.search({ resourceType: 'Observation', compartment: { resourceType: 'Patient', id: patient } })));
await ask('search for nobody known', () => came(search({ patient: 'nobody-known' })));
await ask('search without a patient', () => came(search({ code: '718-7' })));
await ask('search over all types', () => came(client.systemSearch({ searchParams: { patient } })));

// Pages.
await ask('all pages', () => all(ofPatient({ _count: 2 })));
await ask('a page of three', () => came(ofPatient({ _count: 3 })));
await ask('_count=0', () => came(ofPatient({ _count: 0 })));

// What narrows and orders.
await ask('sort by date', async () => ids(await ofPatient({ _sort: '-date' })));
await ask('sort by date and code', async () => ids(await ofPatient({ _sort: '-date,code' })));
await ask('dates from and to', () => came(ofPatient({ date: ['ge2026-04-01', 'lt2026-05-02'] })));
await ask('code with its system', () => came(ofPatient({ code: `${loinc}|718-7` })));
await ask('any code of a system', () => came(ofPatient({ code: `${loinc}|` })));
await ask('one code or another', () => came(ofPatient({ code: `${loinc}|718-7,${loinc}|2160-0` })));
await ask('status:not', () => came(ofPatient({ 'status:not': 'amended' })));
await ask('two of their ids', () => came(ofPatient({ _id: 'o1,o2' })));
await ask('encounter', () => came(ofPatient({ encounter: 'Encounter/e1' })));
await ask('_lastUpdated', () => came(ofPatient({ _lastUpdated: ['ge2020-01-01', 'lt2100-01-01'] })));
await ask('search by POST', () => came(ofPatient({ _count: 3 }, 'Observation', { postSearch: true })));

// What comes with it.
await ask('include the performer', () => came(ofPatient({ _include: 'Observation:performer' })));
await ask('include the patient', () => came(ofPatient({ _include: 'Observation:patient' })));
await ask('include the medication', () => came(ofPatient({ _include: 'MedicationRequest:medication' }, 'MedicationRequest')));
await ask('include the results', () => came(ofPatient({ _include: 'DiagnosticReport:result' }, 'DiagnosticReport')));
await ask('include two things', () => came(ofPatient({ _include: ['Observation:performer', 'Observation:encounter'] })));
await ask('include everything', () => came(ofPatient({ _include: '*' })));
await ask('include by iteration', () => came(ofPatient({ '_include:iterate': 'Observation:performer' })));
await ask('revinclude provenance', () => came(ofPatient({ _revinclude: 'Provenance:target' })));

// How much of it.
await ask('_summary=true', () => came(ofPatient({ _summary: 'true' })));
await ask('_summary=text', () => came(ofPatient({ _summary: 'text' })));
await ask('_summary=data', () => came(ofPatient({ _summary: 'data' })));
await ask('_summary=false', () => came(ofPatient({ _summary: 'false' })));
await ask('_summary=count', async () => String((await ofPatient({ _summary: 'count' })).total));
await ask('_elements', async () => Object.keys(entries(await ofPatient({ _elements: 'status,code' }))[0]).sort().join(','));
await ask('_elements of a read', async () => Object.keys(await client.request(`Observation/o1?_elements=status,code`)).sort().join(','));
await ask('_total=none', () => came(ofPatient({ _total: 'none' })));
await ask('_total=accurate', async () => String((await ofPatient({ _total: 'accurate' })).total));
await ask('_format=json', () => came(ofPatient({ _format: 'json' })));
await ask('_format=application/fhir+json', () => came(ofPatient({ _format: 'application/fhir+json' })));
await ask('_format=application/json', () => came(ofPatient({ _format: 'application/json' })));
await ask('_format=text/json', () => came(ofPatient({ _format: 'text/json' })));
await ask('_format with a version', () => came(ofPatient({ _format: 'application/fhir+json; fhirVersion=4.0' })));
await ask('_format=xml', () => came(ofPatient({ _format: 'xml' })));
await ask('_pretty', () => came(ofPatient({ _pretty: true })));
await ask('Prefer: handling=lenient', () => came(ofPatient({}, 'Observation', { headers: { Prefer: 'handling=lenient' } })));
await ask('Prefer: handling=strict', () => came(ofPatient({}, 'Observation', { headers: { Prefer: 'handling=strict' } })));
await ask('Prefer: return=representation', async () =>
  named(await client.read({ resourceType: 'Patient', id: patient, options: { headers: { Prefer: 'return=representation' } } })));

// Operations, batches, writes.
const everything = { name: '$everything', resourceType: 'Patient', id: patient };
await ask('$everything by GET', () => all(client.operation({ ...everything, method: 'GET' })));
await ask('$everything by POST', () => all(client.operation(everything)));
await ask('$everything from and to', () => all(client.operation({ ...everything, method: 'GET', input: { start: '2026-04-01', end: '2026-05-01' } })));
const bundle = (type, ...requests) => ({ resourceType: 'Bundle', type, entry: requests.map(([method, url]) => ({ request: { method, url } })) });
const statuses = (b) => b.entry.map((e) => e.response.status.split(' ')[0]).join(', ');
const reads = [['GET', `Patient/${patient}`], ['GET', `Observation?patient=${patient}`], ['GET', 'Observation/o8']];
await ask('batch of reads', async () => statuses(await client.batch({ body: bundle('batch', ...reads) })));
await ask('batch with a write', async () => statuses(await client.batch({ body: bundle('batch', reads[0], ['DELETE', `Patient/${patient}`]) })));
await ask('transaction of reads', async () => statuses(await client.transaction({ body: bundle('transaction', ...reads.slice(0, 2)) })));
await ask('create', async () =>
  named(await client.create({ resourceType: 'Observation', body: { resourceType: 'Observation', status: 'final', code: { text: 'x' } } })));
await ask('update', async () =>
  named(await client.update({ resourceType: 'Patient', id: patient, body: { resourceType: 'Patient', id: patient, active: true } })));
await ask('patch', async () =>
  named(await client.patch({ resourceType: 'Patient', id: patient, jsonPatch: [{ op: 'replace', path: '/active', value: true }] })));
await ask('delete', async () => String(await client.delete({ resourceType: 'Patient', id: patient })));
await ask('record a permission', async () =>
  (await client.create({ resourceType: 'Consent', body: JSON.parse(process.env.MCR_CONSENT) })).resourceType);

// Who asks, and what is offered.
await ask('metadata', async () => (await client.capabilityStatement()).fhirVersion);
await ask('metadata?mode=full', async () => (await client.request('metadata?mode=full')).fhirVersion);
await ask('where to log in', async () => {
  const { authorizeUrl, tokenUrl } = await new Client({ baseUrl: base }).smartAuthMetadata();
  return authorizeUrl && tokenUrl ? authorizeUrl.href : 'the server does not say';
});
await ask('without a token', async () => named(await new Client({ baseUrl: base }).read({ resourceType: 'Patient', id: patient })));
process.exit(0);
