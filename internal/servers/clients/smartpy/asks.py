"""What users of SMART's Python client (fhirclient) ask of a FHIR server, through
the library's own interface.

One line of JSON an ask; after each the script waits for a line, so that the test
knows which requests belong to it. The library is as it was installed.
"""
import json
import os
import sys
from collections import Counter
from urllib.parse import parse_qs, urlsplit

from fhirclient import client as smart
from fhirclient.models.bundle import Bundle, BundleEntry, BundleEntryRequest
from fhirclient.models.consent import Consent
from fhirclient.models.diagnosticreport import DiagnosticReport
from fhirclient.models.encounter import Encounter
from fhirclient.models.location import Location
from fhirclient.models.medication import Medication
from fhirclient.models.medicationrequest import MedicationRequest
from fhirclient.models.observation import Observation
from fhirclient.models.organization import Organization
from fhirclient.models.patient import Patient
from fhirclient.models.practitioner import Practitioner
from fhirclient.models.provenance import Provenance

BASE, TOKEN = os.environ["MCR_BASE"], os.environ["MCR_TOKEN"]
PATIENT, NUMBER = os.environ["MCR_PATIENT"], os.environ["MCR_NHS_NUMBER"]
SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"
LOINC = "http://loinc.org"

# A client with a session that was kept, as an app has after its user has logged in.
logged_in = smart.FHIRClient(state={
    "app_id": "asks", "patient_id": PATIENT,
    "server": {"base_uri": BASE + "/", "auth_type": "oauth2", "auth": {"app_id": "asks", "access_token": TOKEN}},
})
server = logged_in.server


def ask(name, how):
    line = {"client": "smartpy", "ask": name, "ok": True, "status": 200}
    try:
        line["detail"] = how()
    except Exception as e:
        answer = getattr(e, "response", None)
        line.update(ok=False, status=0, detail=f"{type(e).__name__}: {e}")
        if answer is not None:
            line.update(status=answer.status_code, detail=reason(answer))
    print(json.dumps(line), flush=True)
    sys.stdin.readline()


def reason(answer):
    """The reason code of the OperationOutcome that came."""
    try:
        return answer.json()["issue"][0]["details"]["coding"][0]["code"]
    except (KeyError, IndexError, ValueError):
        return f"{answer.status_code} {answer.text[:200]}"


def kinds(resources):
    """What came, by type: "7 Observation, 1 OperationOutcome"."""
    found = Counter(r.resource_type for r in resources)
    return ", ".join(f"{n} {kind}" for kind, n in sorted(found.items())) or "nothing"


def named(resource):
    return resource.relativePath()


def search(struct, kind=Observation):
    return kind.where(struct)


def of_patient(extra=None, kind=Observation):
    return search({"patient": PATIENT, **(extra or {})}, kind)


def every(s):
    return list(s.perform_resources_iter(server))


def page(s):
    return [e.resource for e in next(s.perform_iter(server)).entry or []]


# Reading.
ask("read a patient", lambda: named(Patient.read(PATIENT, server)))
ask("the patient in context", lambda: named(logged_in.patient))
ask("read what is withheld", lambda: named(Observation.read("o8", server)))
ask("read a version", lambda: named(Observation.read_from("Observation/o1/_history/1", server)))
ask("history of one", lambda: kinds(e.resource for e in Bundle.read_from("Observation/o1/_history", server).entry))
ask("resolve a practitioner", lambda: named(Observation.read("o1", server).performer[0].resolved(Practitioner)))
ask("resolve an organisation", lambda: named(Patient.read(PATIENT, server).managingOrganization.resolved(Organization)))
ask("resolve a medication", lambda: named(MedicationRequest.read("mr1", server).medicationReference.resolved(Medication)))
ask("resolve a location", lambda: named(Encounter.read("e1", server).location[0].location.resolved(Location)))

# Naming the patient.
ask("find a patient by NHS number", lambda: kinds(every(search({"identifier": f"{SYSTEM}|{NUMBER}"}, Patient))))
ask("find a patient by id", lambda: kinds(every(search({"_id": PATIENT}, Patient))))
ask("find two patients by id", lambda: kinds(every(search({"_id": {"$or": [PATIENT, "p2"]}}, Patient))))
ask("search by the patient's id", lambda: kinds(every(of_patient())))
ask("search by a reference to the patient", lambda: kinds(every(search({"patient": "Patient/" + PATIENT}))))
ask("search by subject", lambda: kinds(every(search({"subject": "Patient/" + PATIENT}))))
ask("search by subject:Patient", lambda: kinds(every(search({"subject:Patient": PATIENT}))))
ask("search by patient.identifier", lambda: kinds(every(search({"patient": {"identifier": f"{SYSTEM}|{NUMBER}"}}))))
ask("search for nobody known", lambda: kinds(every(search({"patient": "nobody-known"}))))
ask("search without a patient", lambda: kinds(every(search({"code": "718-7"}))))

# Pages.
ask("all pages", lambda: kinds(every(of_patient({"_count": "2"}))))
ask("a page of three", lambda: kinds(page(of_patient({"_count": "3"}))))
ask("_count=0", lambda: kinds(page(of_patient({"_count": "0"}))))

# What narrows and orders.
ask("sort by date", lambda: " ".join(r.id for r in every(of_patient({"_sort": "-date"})) if r.id))
ask("sort by date and code", lambda: " ".join(r.id for r in every(of_patient({"_sort": "-date,code"})) if r.id))
ask("dates from and to", lambda: kinds(every(of_patient({"date": {"$and": ["ge2026-04-01", "lt2026-05-02"]}}))))
ask("dates in the library's own operators", lambda: kinds(every(of_patient({"date": {"$gte": "2026-04-01"}}))))
ask("code with its system", lambda: kinds(every(of_patient({"code": f"{LOINC}|718-7"}))))
ask("any code of a system", lambda: kinds(every(of_patient({"code": f"{LOINC}|"}))))
ask("one code or another", lambda: kinds(every(of_patient({"code": {"$or": [f"{LOINC}|718-7", f"{LOINC}|2160-0"]}}))))
ask("status:not", lambda: kinds(every(of_patient({"status:not": "amended"}))))
ask("two of their ids", lambda: kinds(every(of_patient({"_id": {"$or": ["o1", "o2"]}}))))
ask("encounter", lambda: kinds(every(of_patient({"encounter": "Encounter/e1"}))))
ask("_lastUpdated", lambda: kinds(every(of_patient({"_lastUpdated": "ge2020-01-01"}))))

# What comes with it. The library names elements, not search parameters.
ask("include the performer", lambda: kinds(every(of_patient().include("performer"))))
ask("include the subject", lambda: kinds(every(of_patient().include("subject"))))
ask("include the encounter", lambda: kinds(every(of_patient().include("encounter"))))
ask("include the results", lambda: kinds(every(of_patient(kind=DiagnosticReport).include("result"))))
ask("include the requester", lambda: kinds(every(of_patient(kind=MedicationRequest).include("requester"))))
ask("revinclude provenance", lambda: kinds(every(of_patient().include("target", Provenance, reverse=True))))

# How much of it. The library checks what it reads: required elements must be there.
ask("_summary=true", lambda: kinds(every(of_patient({"_summary": "true"}))))
ask("_summary=data", lambda: kinds(every(of_patient({"_summary": "data"}))))
ask("_summary=count", lambda: str(next(of_patient({"_summary": "count"}).perform_iter(server)).total))
ask("_elements", lambda: kinds(every(of_patient({"_elements": "status,code"}))))
ask("_total=none", lambda: kinds(every(of_patient({"_total": "none"}))))
ask("_format=json", lambda: kinds(every(of_patient({"_format": "json"}))))
ask("_pretty", lambda: kinds(every(of_patient({"_pretty": "true"}))))


# Batches and writes.
def batch(*requests):
    bundle = Bundle()
    bundle.type = "batch"
    bundle.entry = []
    for method, url in requests:
        entry = BundleEntry()
        entry.request = BundleEntryRequest({"method": method, "url": url})
        bundle.entry.append(entry)
    answer = Bundle(bundle.create(server))
    return ", ".join(e.response.status.split()[0] for e in answer.entry)


def changed(patient):
    patient.active = True
    return patient.update(server)["id"]


ask("the first page of $everything by GET", lambda: kinds(e.resource for e in Bundle.read_from(f"Patient/{PATIENT}/$everything", server).entry))
ask("batch of reads", lambda: batch(("GET", "Patient/" + PATIENT), ("GET", "Observation?patient=" + PATIENT), ("GET", "Observation/o8")))
ask("batch with a write", lambda: batch(("GET", "Patient/" + PATIENT), ("DELETE", "Patient/" + PATIENT)))
ask("create", lambda: str(Observation({"status": "final", "code": {"text": "x"}}).create(server)))
ask("update", lambda: changed(Patient.read(PATIENT, server)))
ask("delete", lambda: str(Patient.read(PATIENT, server).delete(server)))
ask("record a permission", lambda: Consent(json.loads(os.environ["MCR_CONSENT"])).create(server)["resourceType"])


# Who asks, and what is offered. An app that starts asks the capability statement where to log in.
def starts():
    return smart.FHIRClient({"app_id": "asks", "api_base": BASE, "redirect_uri": "http://localhost/back", "patient_id": PATIENT})


def where_to_log_in():
    app = starts()
    app.prepare()
    if not app.authorize_url:
        return "the server does not say"
    address = urlsplit(app.authorize_url)
    return f"{address.scheme}://{address.netloc}{address.path}" + ("" if parse_qs(address.query)["aud"] == [BASE] else " for another")


ask("metadata", lambda: server.capabilityStatement.fhirVersion)
ask("where to log in", where_to_log_in)
ask("without a token", lambda: named(Patient.read(PATIENT, starts().server)))
