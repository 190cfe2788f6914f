"""What users of fhirpy ask of a FHIR server, through the library's own interface.

One line of JSON an ask; after each the script waits for a line, so that the test
knows which requests belong to it. The library is as it was installed.
"""
import json
import os
import sys
from collections import Counter

from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import BaseFHIRError, OperationOutcome

BASE, TOKEN = os.environ["MCR_BASE"], "Bearer " + os.environ["MCR_TOKEN"]
PATIENT, NUMBER = os.environ["MCR_PATIENT"], os.environ["MCR_NHS_NUMBER"]
SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"
LOINC = "http://loinc.org"

client = SyncFHIRClient(BASE, authorization=TOKEN)
STATUS = {"AuthorizationError": 401, "ForbiddenError": 403, "ResourceNotFound": 404}


def ask(name, how):
    line = {"client": "fhirpy", "ask": name, "ok": True, "status": 200}
    try:
        line["detail"] = how()
    except BaseFHIRError as e:
        line.update(ok=False, status=STATUS.get(type(e).__name__, 0), detail=reason(e))
    except Exception as e:  # what the library makes of an answer that it did not expect
        line.update(ok=False, status=0, detail=f"{type(e).__name__}: {e}")
    print(json.dumps(line), flush=True)
    sys.stdin.readline()


def reason(e):
    """The reason code of the OperationOutcome that came."""
    try:
        outcome = e.resource if isinstance(e, OperationOutcome) else json.loads(str(e))
        return outcome["issue"][0]["details"]["coding"][0]["code"]
    except (KeyError, IndexError, ValueError):
        return f"{type(e).__name__}: {e}"


def kinds(resources):
    """What came, by type: "7 Observation, 1 OperationOutcome"."""
    found = Counter(r["resourceType"] for r in resources)
    return ", ".join(f"{n} {kind}" for kind, n in sorted(found.items())) or "nothing"


def entries(bundle):
    return kinds(e["resource"] for e in bundle.get("entry", []))


def named(resource):
    return f'{resource["resourceType"]}/{resource["id"]}'


def observations(*args, **params):
    return client.resources("Observation").search(*args, **params)


def of_patient(*args, **params):
    return observations(*args, patient=PATIENT, **params)


def first_observation():
    return client.reference("Observation", "o1").to_resource()


# Reading.
ask("read a patient", lambda: named(client.reference("Patient", PATIENT).to_resource()))
ask("read by type and id", lambda: named(client.get("Patient", PATIENT)))
ask("read by absolute address", lambda: named(client.execute(f"{BASE}/Patient/{PATIENT}", method="get")))
ask("read again if changed", lambda: named(first_observation().refresh()))
ask("read what is withheld", lambda: named(client.get("Observation", "o8")))
ask("read a version", lambda: named(client.execute("Observation/o1/_history/1", method="get")))
ask("history of one", lambda: entries(client.execute("Observation/o1/_history", method="get")))
ask("resolve a practitioner", lambda: named(first_observation()["performer"][0].to_resource()))
ask("resolve an organisation",
    lambda: named(client.reference("Patient", PATIENT).to_resource()["managingOrganization"].to_resource()))
ask("resolve a medication",
    lambda: named(client.reference("MedicationRequest", "mr1").to_resource()["medicationReference"].to_resource()))
ask("resolve a location",
    lambda: named(client.reference("Encounter", "e1").to_resource()["location"][0]["location"].to_resource()))

# Naming the patient.
patients = client.resources("Patient")
ask("find a patient by NHS number", lambda: kinds([patients.search(identifier=f"{SYSTEM}|{NUMBER}").get()]))
ask("find a patient by id", lambda: kinds(patients.search(_id=PATIENT).fetch_all()))
ask("find two patients by id", lambda: kinds(patients.search(_id=PATIENT + ",p2").fetch()))
ask("search by the patient's id", lambda: kinds(of_patient().fetch()))
ask("search by a reference to the patient", lambda: kinds(observations(patient=client.reference("Patient", PATIENT)).fetch()))
ask("search by the resource of the patient",
    lambda: kinds(observations(patient=client.reference("Patient", PATIENT).to_resource()).fetch()))
ask("search by an absolute reference", lambda: kinds(observations(patient=f"{BASE}/Patient/{PATIENT}").fetch()))
ask("search by subject:Patient", lambda: kinds(observations(subject__Patient=PATIENT).fetch()))
ask("search by patient.identifier", lambda: kinds(observations(patient__identifier=f"{SYSTEM}|{NUMBER}").fetch()))
ask("search by patient:Patient.identifier", lambda: kinds(observations(patient__Patient__identifier=f"{SYSTEM}|{NUMBER}").fetch()))
ask("search in the compartment", lambda: entries(client.execute(f"Patient/{PATIENT}/Observation", method="get")))
ask("search for nobody known", lambda: kinds(observations(patient="nobody-known").fetch()))
ask("search without a patient", lambda: kinds(observations(code="718-7").fetch()))

# Pages.
ask("all pages", lambda: kinds(of_patient().limit(2).fetch_all()))
ask("a page of three", lambda: kinds(of_patient().limit(3).fetch()))
ask("the newest one", lambda: kinds(r for r in [of_patient().sort("-date").first()] if r))
ask("count with the library's own parameter", lambda: str(of_patient().count()))
ask("_count=0", lambda: entries(of_patient().limit(0).fetch_raw()))

# What narrows and orders.
ask("sort by date", lambda: " ".join(r["id"] for r in of_patient().sort("-date").fetch()))
ask("sort by date and code", lambda: " ".join(r["id"] for r in of_patient().sort("-date", "code").fetch()))
ask("dates from and to", lambda: kinds(of_patient(date__ge="2026-04-01", date__lt="2026-05-02").fetch()))
ask("code with its system", lambda: kinds(of_patient(code=f"{LOINC}|718-7").fetch()))
ask("any code of a system", lambda: kinds(of_patient(code=f"{LOINC}|").fetch()))
ask("one code or another", lambda: kinds(of_patient(code=f"{LOINC}|718-7,{LOINC}|2160-0").fetch()))
ask("status:not", lambda: kinds(of_patient(status__not="amended").fetch()))
ask("two of their ids", lambda: kinds(of_patient(_id="o1,o2").fetch()))
ask("encounter", lambda: kinds(of_patient(encounter="e1").fetch()))
ask("encounter by reference", lambda: kinds(of_patient(encounter=client.reference("Encounter", "e1")).fetch()))
ask("_lastUpdated", lambda: kinds(of_patient(_lastUpdated__ge="2020-01-01", _lastUpdated__lt="2100-01-01").fetch()))
ask("_has", lambda: kinds(patients.has("Observation", "patient", code="718-7").search(_id=PATIENT).fetch()))

# What comes with it.
ask("include the performer", lambda: entries(of_patient().include("Observation", "performer").fetch_raw()))
ask("include the patient", lambda: entries(of_patient().include("Observation", "patient").fetch_raw()))
ask("include the medication", lambda: entries(client.resources("MedicationRequest").search(patient=PATIENT).include(
    "MedicationRequest", "medication").fetch_raw()))
ask("include the results", lambda: entries(client.resources("DiagnosticReport").search(patient=PATIENT).include(
    "DiagnosticReport", "result").fetch_raw()))
ask("include everything", lambda: entries(of_patient().include("*").fetch_raw()))
ask("include by iteration", lambda: entries(of_patient().include("Observation", "performer", iterate=True).fetch_raw()))
ask("revinclude provenance", lambda: entries(of_patient().revinclude("Provenance", "target").fetch_raw()))

# How much of it.
ask("_summary=true", lambda: kinds(of_patient(_summary="true").fetch()))
ask("_summary=text", lambda: kinds(of_patient(_summary="text").fetch()))
ask("_summary=data", lambda: kinds(of_patient(_summary="data").fetch()))
ask("_summary=count", lambda: str(of_patient(_summary="count").fetch_raw()["total"]))
ask("_elements", lambda: ",".join(sorted(of_patient().elements("status", "code").fetch()[0])))
ask("_total=none", lambda: kinds(of_patient(_total="none").fetch()))
ask("_total=accurate", lambda: str(of_patient(_total="accurate").fetch_raw()["total"]))
ask("_format=json", lambda: kinds(of_patient(_format="json").fetch()))
ask("_format=application/fhir+json", lambda: kinds(of_patient(_format="application/fhir+json").fetch()))
ask("_format=xml", lambda: kinds(of_patient(_format="xml").fetch()))
ask("_pretty", lambda: kinds(of_patient(_pretty=True).fetch()))
lenient = SyncFHIRClient(BASE, authorization=TOKEN, extra_headers={"Prefer": "handling=lenient"})
ask("Prefer: handling=lenient", lambda: kinds(lenient.resources("Observation").search(patient=PATIENT).fetch()))

# Operations, batches, writes.
ask("the first page of $everything by GET", lambda: entries(client.reference("Patient", PATIENT).execute("$everything", method="get")))
ask("the first page of $everything by POST", lambda: entries(client.reference("Patient", PATIENT).execute("$everything")))
READS = ["Patient/" + PATIENT, "Observation?patient=" + PATIENT, "Observation/o8"]


def batch(*requests):
    answer = client.execute("", data={"resourceType": "Bundle", "type": "batch", "entry": [{"request": r} for r in requests]})
    return ", ".join(e["response"]["status"].split()[0] for e in answer["entry"])


def asked_for(resource):
    return {"resource_type": resource.pop("resourceType"), **resource}


ask("batch of reads", lambda: batch(*({"method": "GET", "url": url} for url in READS)))
ask("batch with a write", lambda: batch({"method": "GET", "url": READS[0]}, {"method": "DELETE", "url": READS[0]}))
ask("create", lambda: named(client.resource("Observation", status="final", code={"text": "x"}).create()))
ask("update", lambda: named(client.resource("Patient", id=PATIENT, active=True).update()))
ask("patch", lambda: named(client.patch("Patient", PATIENT, active=True)))
ask("delete", lambda: str(client.delete("Patient", PATIENT)))
ask("record a permission", lambda: client.resource(**asked_for(json.loads(os.environ["MCR_CONSENT"]))).create()["resourceType"])


# Who asks, and what is offered.
ask("metadata", lambda: client.execute("metadata", method="get")["fhirVersion"])
nobody = SyncFHIRClient(BASE)
ask("without a token", lambda: named(nobody.get("Patient", PATIENT)))
slash = SyncFHIRClient(BASE + "/", authorization=TOKEN)
ask("all pages, the base with a slash", lambda: kinds(slash.resources("Observation").search(patient=PATIENT).limit(2).fetch_all()))
