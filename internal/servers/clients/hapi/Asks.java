import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.model.api.Include;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.api.MethodOutcome;
import ca.uhn.fhir.rest.api.PreferReturnEnum;
import ca.uhn.fhir.rest.api.SearchStyleEnum;
import ca.uhn.fhir.rest.api.SearchTotalModeEnum;
import ca.uhn.fhir.rest.api.SortOrderEnum;
import ca.uhn.fhir.rest.api.SortSpec;
import ca.uhn.fhir.rest.api.SummaryEnum;
import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.client.interceptor.BearerTokenAuthInterceptor;
import ca.uhn.fhir.rest.gclient.IQuery;
import ca.uhn.fhir.rest.gclient.ReferenceClientParam;
import ca.uhn.fhir.rest.gclient.TokenClientParam;
import ca.uhn.fhir.rest.param.DateRangeParam;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.hl7.fhir.instance.model.api.IBaseBundle;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CapabilityStatement;
import org.hl7.fhir.r4.model.Consent;
import org.hl7.fhir.r4.model.DiagnosticReport;
import org.hl7.fhir.r4.model.Encounter;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Location;
import org.hl7.fhir.r4.model.Medication;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Organization;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Practitioner;
import org.hl7.fhir.r4.model.Provenance;
import org.hl7.fhir.r4.model.Resource;

/**
 * What users of HAPI's generic client ask of a FHIR server, through the library's own interface. One line of JSON an ask;
 * after each the program waits for a line, so that the test knows which requests belong to it. The library is as it was
 * installed, and so is its check of the server before the first request.
 */
public class Asks {

  static final String BASE = System.getenv("MCR_BASE");
  static final String PATIENT = System.getenv("MCR_PATIENT");
  static final String NUMBER = System.getenv("MCR_NHS_NUMBER");
  static final String SYSTEM = "https://fhir.nhs.uk/Id/nhs-number";
  static final String LOINC = "http://loinc.org";
  static final FhirContext R4 = FhirContext.forR4();
  static final IGenericClient client = client(BASE);
  static final BufferedReader answers = new BufferedReader(new InputStreamReader(System.in));

  static IGenericClient client(String base) {
    IGenericClient c = R4.newRestfulGenericClient(base);
    c.registerInterceptor(new BearerTokenAuthInterceptor(System.getenv("MCR_TOKEN")));
    return c;
  }

  static void ask(String name, Callable<String> how) throws Exception {
    boolean ok = false;
    int status = 200;
    String detail;
    try {
      detail = how.call();
      ok = true;
    } catch (BaseServerResponseException e) {
      status = e.getStatusCode();
      detail = e.getOperationOutcome() instanceof OperationOutcome o && o.getIssueFirstRep().getDetails().hasCoding()
          ? o.getIssueFirstRep().getDetails().getCodingFirstRep().getCode() : e.toString();
    } catch (Exception e) { // what the library makes of an answer that it did not expect
      status = 0;
      detail = e.toString();
    }
    System.out.printf("{\"client\":\"hapi\",\"ask\":%s,\"ok\":%b,\"status\":%d,\"detail\":%s}%n", json(name), ok, status, json(detail));
    System.out.flush();
    answers.readLine();
  }

  static String json(String s) {
    return '"' + s.replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("\\p{Cntrl}", " ") + '"';
  }

  /** What came, by type: "7 Observation, 1 OperationOutcome". */
  static String kinds(List<Bundle.BundleEntryComponent> entries) {
    Map<String, Integer> found = new TreeMap<>();
    entries.forEach(e -> found.merge(e.getResource().fhirType(), 1, Integer::sum));
    return found.isEmpty() ? "nothing" : found.entrySet().stream().map(e -> e.getValue() + " " + e.getKey()).collect(Collectors.joining(", "));
  }

  static String kinds(Bundle b) {
    return kinds(b.getEntry());
  }

  static String ids(Bundle b) {
    return b.getEntry().stream().map(e -> e.getResource().getIdElement().getIdPart()).filter(id -> id != null).collect(Collectors.joining(" "));
  }

  static String named(Resource r) {
    return r.getIdElement().toUnqualifiedVersionless().getValue();
  }

  static IQuery<Bundle> observations() {
    return client.search().forResource(Observation.class).returnBundle(Bundle.class);
  }

  static IQuery<Bundle> ofPatient() {
    return observations().where(Observation.PATIENT.hasId(PATIENT));
  }

  static <T extends Resource> T read(Class<T> type, String id) {
    return client.read().resource(type).withId(id).execute();
  }

  static String all(Bundle page) {
    List<Bundle.BundleEntryComponent> found = new java.util.ArrayList<>(page.getEntry());
    while (page.getLink(IBaseBundle.LINK_NEXT) != null) {
      page = client.loadPage().next(page).execute();
      found.addAll(page.getEntry());
    }
    return kinds(found);
  }

  public static void main(String[] args) throws Exception {
    reading();
    namingThePatient();
    pages();
    narrowing();
    whatComesWithIt();
    howMuch();
    operations();
    offered();
    System.exit(0);
  }

  static void reading() throws Exception {
    ask("read a patient", () -> named(read(Patient.class, PATIENT)));
    ask("read by absolute address", () -> named(client.read().resource(Patient.class).withUrl(BASE + "/Patient/" + PATIENT).execute()));
    ask("read again if changed", () -> {
      Observation was = read(Observation.class, "o1");
      Observation is = client.read().resource(Observation.class).withId("o1").ifVersionMatches(was.getMeta().getVersionId()).returnResource(was).execute();
      return named(is);
    });
    ask("read what is withheld", () -> named(read(Observation.class, "o8")));
    ask("read a version", () -> named(client.read().resource(Observation.class).withIdAndVersion("o1", "1").execute()));
    ask("history of one", () -> kinds(client.history().onInstance(new IdType("Observation", "o1")).returnBundle(Bundle.class).execute()));
    ask("history of a type", () -> kinds(client.history().onType(Observation.class).returnBundle(Bundle.class).execute()));
    ask("resolve a practitioner", () -> {
      IdType performer = new IdType(read(Observation.class, "o1").getPerformerFirstRep().getReference());
      return named(client.read().resource(Practitioner.class).withId(performer).execute());
    });
    ask("resolve an organisation", () -> {
      IdType to = new IdType(read(Patient.class, PATIENT).getManagingOrganization().getReference());
      return named(client.read().resource(Organization.class).withId(to).execute());
    });
    ask("resolve a medication", () -> {
      IdType to = new IdType(read(MedicationRequest.class, "mr1").getMedicationReference().getReference());
      return named(client.read().resource(Medication.class).withId(to).execute());
    });
    ask("resolve a location", () -> {
      IdType to = new IdType(read(Encounter.class, "e1").getLocationFirstRep().getLocation().getReference());
      return named(client.read().resource(Location.class).withId(to).execute());
    });
  }

  static void namingThePatient() throws Exception {
    ask("find a patient by NHS number", () -> kinds(client.search().forResource(Patient.class)
        .where(Patient.IDENTIFIER.exactly().systemAndIdentifier(SYSTEM, NUMBER)).returnBundle(Bundle.class).execute()));
    ask("find a patient by id", () -> kinds(client.search().forResource(Patient.class)
        .where(Patient.RES_ID.exactly().code(PATIENT)).returnBundle(Bundle.class).execute()));
    ask("find two patients by id", () -> kinds(client.search().forResource(Patient.class)
        .where(Patient.RES_ID.exactly().codes(PATIENT, "p2")).returnBundle(Bundle.class).execute()));
    ask("search by the patient's id", () -> kinds(ofPatient().execute()));
    ask("search by a reference to the patient", () -> kinds(observations().where(Observation.PATIENT.hasId("Patient/" + PATIENT)).execute()));
    ask("search by the id of what was read", () -> {
      Patient patient = read(Patient.class, PATIENT);
      return kinds(observations().where(Observation.PATIENT.hasId(patient.getIdElement())).execute());
    });
    ask("search by the whole id of what was read", () -> {
      Patient patient = read(Patient.class, PATIENT);
      return kinds(observations().where(Observation.PATIENT.hasId(patient.getId())).execute());
    });
    ask("search by a reference with a version", () ->
        kinds(observations().where(Observation.PATIENT.hasId("Patient/" + PATIENT + "/_history/3")).execute()));
    ask("search by an absolute reference", () ->
        kinds(observations().where(Observation.PATIENT.hasId(BASE + "/Patient/" + PATIENT)).execute()));
    ask("search by subject", () -> kinds(observations().where(Observation.SUBJECT.hasId("Patient/" + PATIENT)).execute()));
    ask("search by subject:Patient", () -> kinds(observations().where(new ReferenceClientParam("subject:Patient").hasId(PATIENT)).execute()));
    ask("search by patient.identifier", () -> kinds(observations()
        .where(Observation.PATIENT.hasChainedProperty(Patient.IDENTIFIER.exactly().systemAndIdentifier(SYSTEM, NUMBER))).execute()));
    ask("search by patient:Patient.identifier", () -> kinds(observations()
        .where(Observation.PATIENT.hasChainedProperty("Patient", Patient.IDENTIFIER.exactly().systemAndIdentifier(SYSTEM, NUMBER))).execute()));
    ask("search in the compartment", () -> kinds(client.search().forResource(Patient.class).withIdAndCompartment(PATIENT, "Observation")
        .returnBundle(Bundle.class).execute()));
    ask("search for one patient or another", () -> kinds(observations().where(Observation.PATIENT.hasAnyOfIds(PATIENT, "p2")).execute()));
    ask("search for nobody known", () -> kinds(observations().where(Observation.PATIENT.hasId("nobody-known")).execute()));
    ask("search without a patient", () -> kinds(observations().where(Observation.CODE.exactly().code("718-7")).execute()));
  }

  static void pages() throws Exception {
    ask("all pages", () -> all(ofPatient().count(2).execute()));
    ask("a page of three", () -> kinds(ofPatient().count(3).execute()));
    ask("from the third on", () -> kinds(ofPatient().count(2).offset(2).execute()));
  }

  static void narrowing() throws Exception {
    ask("sort by date", () -> ids(ofPatient().sort().descending(Observation.DATE).execute()));
    ask("sort by date and code", () -> ids(ofPatient()
        .sort(new SortSpec("date", SortOrderEnum.DESC).setChain(new SortSpec("code", SortOrderEnum.ASC))).execute()));
    ask("dates from and to", () -> kinds(ofPatient().and(Observation.DATE.afterOrEquals().day("2026-04-01"))
        .and(Observation.DATE.before().day("2026-05-02")).execute()));
    ask("code with its system", () -> kinds(ofPatient().and(Observation.CODE.exactly().systemAndCode(LOINC, "718-7")).execute()));
    ask("any code of a system", () -> kinds(ofPatient().and(Observation.CODE.hasSystemWithAnyCode(LOINC)).execute()));
    ask("one code or another", () -> kinds(ofPatient().and(Observation.CODE.exactly().systemAndValues(LOINC, "718-7", "2160-0")).execute()));
    ask("status:not", () -> kinds(ofPatient().and(new TokenClientParam("status:not").exactly().code("amended")).execute()));
    ask("two of their ids", () -> kinds(ofPatient().and(Observation.RES_ID.exactly().codes("o1", "o2")).execute()));
    ask("encounter", () -> kinds(ofPatient().and(Observation.ENCOUNTER.hasId("e1")).execute()));
    ask("encounter by reference", () -> kinds(ofPatient().and(Observation.ENCOUNTER.hasId("Encounter/e1")).execute()));
    ask("_lastUpdated", () -> kinds(ofPatient().lastUpdated(new DateRangeParam("2020-01-01", "2100-01-01")).execute()));
    ask("search by POST", () -> kinds(ofPatient().count(3).usingStyle(SearchStyleEnum.POST).execute()));
    ask("search by GET of _search", () -> kinds(ofPatient().count(3).usingStyle(SearchStyleEnum.GET_WITH_SEARCH).execute()));
    ask("search by an address", () -> kinds(client.search().byUrl("Observation?patient=" + PATIENT).returnBundle(Bundle.class).execute()));
  }

  static void whatComesWithIt() throws Exception {
    ask("include the performer", () -> kinds(ofPatient().include(Observation.INCLUDE_PERFORMER).execute()));
    ask("include the patient", () -> kinds(ofPatient().include(Observation.INCLUDE_PATIENT).execute()));
    ask("include the encounter", () -> kinds(ofPatient().include(Observation.INCLUDE_ENCOUNTER).execute()));
    ask("include the medication", () -> kinds(client.search().forResource(MedicationRequest.class)
        .where(MedicationRequest.PATIENT.hasId(PATIENT)).include(MedicationRequest.INCLUDE_MEDICATION).returnBundle(Bundle.class).execute()));
    ask("include the results", () -> kinds(client.search().forResource(DiagnosticReport.class)
        .where(DiagnosticReport.PATIENT.hasId(PATIENT)).include(DiagnosticReport.INCLUDE_RESULT).returnBundle(Bundle.class).execute()));
    ask("include everything", () -> kinds(ofPatient().include(new Include("*")).execute()));
    ask("include by iteration", () -> kinds(ofPatient().include(Observation.INCLUDE_PERFORMER.asRecursive()).execute()));
    ask("revinclude provenance", () -> kinds(ofPatient().revInclude(Provenance.INCLUDE_TARGET).execute()));
  }

  static void howMuch() throws Exception {
    ask("_summary=true", () -> kinds(ofPatient().summaryMode(SummaryEnum.TRUE).execute()));
    ask("_summary=text", () -> kinds(ofPatient().summaryMode(SummaryEnum.TEXT).execute()));
    ask("_summary=data", () -> kinds(ofPatient().summaryMode(SummaryEnum.DATA).execute()));
    ask("_summary=false", () -> kinds(ofPatient().summaryMode(SummaryEnum.FALSE).execute()));
    ask("_summary=count", () -> String.valueOf(ofPatient().summaryMode(SummaryEnum.COUNT).execute().getTotal()));
    ask("_elements", () -> {
      Observation first = (Observation) ofPatient().elementsSubset("id", "status", "code").execute().getEntryFirstRep().getResource();
      return "code " + first.hasCode() + ", status " + first.hasStatus() + ", value " + first.hasValue();
    });
    ask("_elements of a read", () -> {
      Observation one = client.read().resource(Observation.class).withId("o1").elementsSubset("status", "code").execute();
      return "code " + one.hasCode() + ", status " + one.hasStatus() + ", value " + one.hasValue();
    });
    ask("_summary of a read", () -> named(client.read().resource(Observation.class).withId("o1").summaryMode(SummaryEnum.TRUE).execute()));
    ask("_total=none", () -> kinds(ofPatient().totalMode(SearchTotalModeEnum.NONE).execute()));
    ask("_total=accurate", () -> String.valueOf(ofPatient().totalMode(SearchTotalModeEnum.ACCURATE).execute().getTotal()));
    ask("JSON", () -> kinds(ofPatient().encodedJson().execute()));
    ask("XML", () -> kinds(ofPatient().encodedXml().execute()));
    ask("_format=json", () -> kinds(client.search().byUrl("Observation?patient=" + PATIENT + "&_format=json").returnBundle(Bundle.class).execute()));
    ask("_pretty", () -> kinds(ofPatient().prettyPrint().execute()));
    ask("Prefer: handling=lenient", () -> kinds(ofPatient().withAdditionalHeader("Prefer", "handling=lenient").execute()));
    ask("a client of JSON", () -> {
      IGenericClient c = client(BASE);
      c.setEncoding(EncodingEnum.JSON);
      c.setPrettyPrint(true);
      return named(c.read().resource(Patient.class).withId(PATIENT).execute());
    });
    ask("_tag", () -> kinds(ofPatient().withTag("http://example.org/tags", "x").execute()));
    ask("_profile", () -> kinds(ofPatient().withProfile("http://hl7.org/fhir/StructureDefinition/vitalsigns").execute()));
  }

  static Bundle bundle(Bundle.BundleType type, String... requests) {
    Bundle b = new Bundle();
    b.setType(type);
    for (String r : requests) {
      String[] parts = r.split(" ");
      b.addEntry().getRequest().setMethod(Bundle.HTTPVerb.fromCode(parts[0])).setUrl(parts[1]);
    }
    return b;
  }

  static String statuses(Bundle b) {
    return b.getEntry().stream().map(e -> e.getResponse().getStatus().split(" ")[0]).collect(Collectors.joining(", "));
  }

  static void operations() throws Exception {
    String read = "GET Patient/" + PATIENT, search = "GET Observation?patient=" + PATIENT;
    ask("$everything by GET", () -> all(client.operation().onInstance(new IdType("Patient", PATIENT)).named("$everything")
        .withNoParameters(Parameters.class).useHttpGet().returnResourceType(Bundle.class).execute()));
    ask("$everything by POST", () -> all(client.operation().onInstance(new IdType("Patient", PATIENT)).named("$everything")
        .withNoParameters(Parameters.class).returnResourceType(Bundle.class).execute()));
    ask("batch of reads", () -> statuses(client.transaction()
        .withBundle(bundle(Bundle.BundleType.BATCH, read, search, "GET Observation/o8")).execute()));
    ask("batch with a write", () -> statuses(client.transaction()
        .withBundle(bundle(Bundle.BundleType.BATCH, read, "DELETE Patient/" + PATIENT)).execute()));
    ask("transaction of reads", () -> statuses(client.transaction().withBundle(bundle(Bundle.BundleType.TRANSACTION, read, search)).execute()));
    ask("create", () -> created(client.create().resource(new Observation().setStatus(Observation.ObservationStatus.FINAL))
        .prefer(PreferReturnEnum.REPRESENTATION).execute()));
    ask("update", () -> created(client.update().resource(read(Patient.class, PATIENT).setActive(true)).execute()));
    ask("patch", () -> created(client.patch().withBody("[{\"op\":\"replace\",\"path\":\"/active\",\"value\":true}]").withId(new IdType("Patient", PATIENT)).execute()));
    ask("delete", () -> created(client.delete().resourceById("Patient", PATIENT).execute()));
    ask("record a permission", () -> created(client.create()
        .resource(R4.newJsonParser().parseResource(Consent.class, System.getenv("MCR_CONSENT"))).execute()));
  }

  static String created(MethodOutcome o) {
    return o.getId() == null ? "no id" : o.getId().getResourceType();
  }

  static void offered() throws Exception {
    ask("metadata", () -> client.capabilities().ofType(CapabilityStatement.class).execute().getFhirVersion().toCode());
    ask("without a token", () -> named(R4.newRestfulGenericClient(BASE).read().resource(Patient.class).withId(PATIENT).execute()));
    ask("all pages, the base with a slash", () -> {
      Bundle page = client(BASE + "/").search().forResource(Observation.class).where(Observation.PATIENT.hasId(PATIENT)).count(2)
          .returnBundle(Bundle.class).execute();
      return all(page);
    });
  }
}
