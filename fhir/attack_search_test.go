package fhir_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

const number = "https://fhir.nhs.uk/Id/nhs-number%7C9990000018"
const otherNumber = "https://fhir.nhs.uk/Id/nhs-number%7C9990000026"

func TestAttack034SearchWithoutAPatient(t *testing.T) {
	mustRefuse(t,
		refusal{"/Observation?code=1234-5", fhir.PatientNotNamed},
		refusal{"/Observation", fhir.PatientNotNamed},
		refusal{"/Observation?", fhir.PatientNotNamed},
		refusal{"/Observation?_id=1", fhir.PatientNotNamed},
		refusal{"/Patient", fhir.PatientNotNamed},
		refusal{"/Patient?_count=10", fhir.PatientNotNamed},
		refusal{form("/Observation/_search", "code=1"), fhir.PatientNotNamed},
		refusal{form("/Observation/_search", ""), fhir.PatientNotNamed},
		refusal{"", fhir.InteractionNotOffered},
		refusal{"?_type=Patient", fhir.InteractionNotOffered},
		refusal{"/Observation?patient=", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient", fhir.ParameterNotUnderstood},
	)
}

func TestAttack035DuplicatePatient(t *testing.T) {
	mustRefuse(t,
		refusal{"/Observation?patient=A&patient=B", fhir.PatientAmbiguous},
		refusal{"/Observation?patient=A&%70atient=B", fhir.PatientAmbiguous},
		refusal{"/Observation?patient=A&patient=a", fhir.PatientAmbiguous},
		refusal{"/Patient?_id=A&_id=B", fhir.PatientAmbiguous},
		refusal{"/Patient?identifier=" + number + "&identifier=" + otherNumber, fhir.PatientAmbiguous},
		refusal{"/Observation?patient.identifier=" + number + "&patient:identifier=" + otherNumber, fhir.PatientAmbiguous},
		// Others than the patient: AND to one server, the last to another.
		refusal{"/Observation?patient=A&category=laboratory&category=imaging", fhir.ParameterRepeated},
		refusal{"/Observation?patient=A&_count=1&_count=2", fhir.ParameterRepeated},
		refusal{"/Observation?patient=A&date=ge2020&date=le2021&date=2022", fhir.ParameterRepeated},
	)
	if got := mustParse(t, "/Observation?patient=A&patient=Patient/A&patient=A").Patient.LocalID; got != "A" {
		t.Errorf("equal patients give %q", got)
	}
}

func TestAttack037SubjectThatIsNotOnePatient(t *testing.T) {
	for _, value := range []string{
		"Patient/A,Group/5", "A,B", "Device/1", "Group/5", "Patient/A/_history/", "Patient/A/_history/1/", "Patient/A/_history/1,2", "A/_history/1",
		"http://other.example/fhir/Patient/A", "http://other.example/gp-north/fhir/Patient/A", "https://broker.example/gp-south/fhir/Patient/A",
		"https://broker.example/gp-north/fhir/A", "https://broker.example/gp-north/fhir/Group/A", "https://broker.example/gp-north/fhir/../fhir/Patient/A",
		"https://broker.example/gp-north/fhirPatient/A", "https://broker.example@other.example/gp-north/fhir/Patient/A",
		"ftp://broker.example/gp-north/fhir/Patient/A", "//broker.example/gp-north/fhir/Patient/A", "/gp-north/fhir/Patient/A",
		"urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7", "Patient/A%7C1", "Patient/", "patient/A", "Patient//A", "/A", "A,",
	} {
		mustRefuse(t,
			refusal{"/Observation?subject=" + value, fhir.OnePatientOnly},
			refusal{"/Observation?patient=" + value, fhir.OnePatientOnly},
		)
	}
	for _, value := range []string{"A%00", "A%0A", "A%20B", "%EF%BC%A1", "A%5C", "..", "Patient/..", "*", "A;B", "A%3BB", "A..B"} {
		_, refused := fhir.ParseRequest(asked(t, "GET "+base+"/Observation?patient="+value), base)
		if refused == nil || refused.Status/100 != 4 {
			t.Errorf("patient=%s: %+v", value, refused)
		}
	}
}

func TestAttack038SubjectAndPatient(t *testing.T) {
	mustRefuse(t,
		refusal{"/Observation?subject=A&patient=B", fhir.PatientAmbiguous},
		refusal{"/Observation?subject=A&patient.identifier=" + number, fhir.PatientAmbiguous},
		refusal{"/Observation?patient:identifier=" + number + "&patient=A", fhir.PatientAmbiguous},
		refusal{"/Patient?_id=A&identifier=" + number, fhir.PatientAmbiguous},
		refusal{"/Patient?identifier=" + number + "&_id=A", fhir.PatientAmbiguous},
		// R4 has no subject there: a server would ignore it, or refuse.
		refusal{"/AllergyIntolerance?subject=A", fhir.ParameterNotOffered},
		refusal{"/Appointment?actor=Patient/A", fhir.ParameterNotOffered},
		refusal{"/Patient?patient=A", fhir.ParameterNotOffered},
		refusal{"/Observation?identifier=" + number, fhir.ParameterNotOffered},
		refusal{"/Patient?patient:identifier=" + number, fhir.ParameterNotOffered},
		refusal{"/Patient?subject=A", fhir.ParameterNotOffered},
		refusal{"/AllergyIntolerance?subject:identifier=" + number, fhir.ParameterNotOffered},
		refusal{"/RelatedPerson?patient=A&_sort=date", fhir.ParameterNotUnderstood},
		refusal{"/Observation?subject:Patient=A&patient=B", fhir.PatientAmbiguous},
		refusal{"/Observation?subject:Group=A", fhir.ParameterNotOffered},
		refusal{"/Observation?subject:Patient=Group/A", fhir.OnePatientOnly},
	)
}

func TestAttack040InexactIdentifier(t *testing.T) {
	for _, value := range []string{
		"9990000018", "%7C9990000018", "https://fhir.nhs.uk/Id/nhs-number%7C", "https://fhir.nhs.uk/Id/nhs-number",
		"http://fhir.nhs.uk/Id/nhs-number%7C9990000018", "https://fhir.nhs.uk/id/nhs-number%7C9990000018",
		"https://fhir.nhs.uk/Id/nhs-number/%7C9990000018", "https://other.example%7C9990000018",
		number + "," + otherNumber, number + "%7Cx", "x," + number,
	} {
		mustRefuse(t,
			refusal{"/Patient?identifier=" + value, fhir.NHSNumberNotValid},
			refusal{"/Observation?patient.identifier=" + value, fhir.NHSNumberNotValid},
			refusal{"/Observation?patient:identifier=" + value, fhir.NHSNumberNotValid},
			refusal{"/Observation?subject:identifier=" + value, fhir.NHSNumberNotValid},
		)
	}
}

func TestAttack041NumberThatIsNotOne(t *testing.T) {
	for _, digits := range []string{
		"9990000019", "999+000+0018", "999%200000018", "999-000-0018", "999000001", "99900000180", "%EF%BC%99990000018",
		"9990000018%20", "+9990000018", "999000001%38%00",
	} {
		text := "GET " + base + "/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number%7C" + digits
		_, refused := fhir.ParseRequest(asked(t, text), base)
		if refused == nil || refused.Status != 400 {
			t.Errorf("%s: %+v", digits, refused)
			continue
		}
		if strings.Contains(refused.Code, "999") {
			t.Errorf("%s: the refusal echoes it", digits)
		}
	}
}

func TestAttack042IDLists(t *testing.T) {
	mustRefuse(t,
		refusal{"/Patient?_id=A,B", fhir.OnePatientOnly},
		refusal{"/Patient?_id=A,A,B", fhir.OnePatientOnly},
		refusal{"/Patient?_id=A,", fhir.OnePatientOnly},
		refusal{"/Patient?_id=Patient/A", fhir.OnePatientOnly},
		refusal{"/Patient?_id:not=A", fhir.ParameterNotOffered},
		refusal{"/Patient?_id:missing=true", fhir.ParameterNotOffered},
		refusal{"/Observation?_id=1,2", fhir.PatientNotNamed},
		refusal{"/Observation?patient=A&_id=1,", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient=A&_id=1,Observation/2", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient=A&_id=1&_id=2", fhir.ParameterRepeated},
		refusal{"/Observation?patient=A&_id=" + strings.Repeat("x,", 50) + "x", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient=A&_id:not=1", fhir.ParameterNotOffered},
		refusal{"/Observation?patient:missing=false", fhir.ParameterNotOffered},
		refusal{"/Observation?patient:not=A", fhir.ParameterNotOffered},
		refusal{"/Observation?patient=A&_id=a_b", fhir.ParameterNotUnderstood},
	)
}

func TestAttack044Chains(t *testing.T) {
	mustRefuse(t,
		refusal{"/Observation?patient=A&performer:Practitioner.name=x", fhir.ChainNotOffered},
		refusal{"/Observation?subject:Patient.name=S", fhir.ChainNotOffered},
		refusal{"/Observation?subject.name=S", fhir.ChainNotOffered},
		refusal{"/Observation?patient.family=S", fhir.ChainNotOffered},
		refusal{"/Observation?patient.birthdate=ge1970", fhir.ChainNotOffered},
		refusal{"/Observation?subject:Patient.birthdate=1970", fhir.ChainNotOffered},
		refusal{"/Observation?subject:Group.identifier=" + number, fhir.ChainNotOffered},
		refusal{"/Observation?patient.identifier:not=" + number, fhir.ChainNotOffered},
		refusal{"/Observation?patient.organization.name=x", fhir.ChainNotOffered},
		refusal{"/Observation?patient=A&encounter.status=finished", fhir.ChainNotOffered},
	)
}

func TestAttack045ReverseChains(t *testing.T) {
	mustRefuse(t,
		refusal{"/Patient?_id=A&_has:Observation:patient:code=HIV", fhir.ChainNotOffered},
		refusal{"/Patient?_has:Observation:patient:_has:Provenance:target:agent=x", fhir.ChainNotOffered},
		refusal{"/Patient?_has=x", fhir.ChainNotOffered},
	)
}

func TestAttack047And048And049Includes(t *testing.T) {
	for _, p := range []string{
		"_revinclude=Group:member", "_revinclude=List:item", "_revinclude=Patient:link", "_revinclude=Provenance:entity",
		"_revinclude:iterate=Provenance:target", "_revinclude=Provenance:target:Observation",
		"_revinclude=*", "_include=*", "_include=Observation:*", "_include=Patient:link", "_include=Observation:nonsense",
		"_include:iterate=Observation:performer", "_include:recurse=Observation:performer", "_revinclude:iterate=X:y",
		"_include=Observation:performer:Patient", "_include=MedicationRequest:medication", "_include=observation:performer",
		"_include=Observation:performer,Observation:subject",
	} {
		mustRefuse(t,
			refusal{"/Observation?patient=A&" + p, fhir.IncludeNotOffered},
			refusal{form("/Observation/_search?patient=A", p), fhir.IncludeNotOffered},
		)
	}
	mustRefuse(t, refusal{"/Patient/A?_include=Patient:organization", fhir.IncludeNotOffered})
}

func TestAttack051QueryLanguages(t *testing.T) {
	for _, name := range []string{"_filter", "_query", "_list", "_content", "_text"} {
		mustRefuse(t, refusal{"/Observation?patient=A&" + name + "=x", fhir.QueryLanguageNotOffered})
	}
}

func TestAttack052To056PartialAnswers(t *testing.T) {
	for _, p := range []string{
		"_summary=count", "_total=accurate", "_total=estimate", "_summary:not=true", "_elements:exclude=subject", "_contained=true",
		"_contained=both", "_containedType=contained",
	} {
		mustRefuse(t,
			refusal{"/Observation?patient=A&" + p, fhir.PartialNotOffered},
			refusal{"/Observation/1?" + p, fhir.PartialNotOffered},
			refusal{form("/Observation/_search", "patient=A&"+p), fhir.PartialNotOffered},
		)
	}
	for _, count := range []string{"00", "-0", "-1", "1e3", "x", "", "1000000", "1%2C2"} {
		mustRefuse(t, refusal{"/Observation?patient=A&_count=" + count, fhir.ParameterNotUnderstood})
	}
}

func TestAttack058ChangeOracles(t *testing.T) {
	mustRefuse(t,
		// Whether somebody changed: of nobody in particular, or of one who is read.
		refusal{"/Observation?_lastUpdated=ge2024-01-01", fhir.PatientNotNamed},
		refusal{"/Patient?_lastUpdated=ge2024-01-01", fhir.PatientNotNamed},
		refusal{"/Patient/B?_lastUpdated=ge2024-01-01", fhir.MetadataNotOffered},
		refusal{"/Observation?patient=A&_lastUpdated=ne2024-01-01", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient=A&_lastUpdated:missing=true", fhir.MetadataNotOffered},
	)
	for _, name := range []string{"_since", "_at", "_tag", "_security", "_profile", "_security:not"} {
		mustRefuse(t,
			refusal{"/Observation?patient=A&" + name + "=ge2024-01-01", fhir.MetadataNotOffered},
			refusal{"/Patient/A?" + name + "=ge2024-01-01", fhir.MetadataNotOffered},
		)
	}
}

// A source that sorts by what is withheld tells, page by page, between which codes
// something stands.
func TestAttack147ASourceSortsByDatesAlone(t *testing.T) {
	for _, sort := range []string{"code", "status,-date", "-date,code,issued", "-date,-date", "date,-date", "value-quantity", "patient",
		"-date,value-quantity", "_id", "", ",", "-", "--date", "date,", "_lastUpdated", "-date,_lastUpdated", "-date,subject"} {
		mustRefuse(t, refusal{"/Observation?patient=A&_sort=" + sort, fhir.ParameterNotUnderstood})
	}
	got := mustParse(t, "/Observation?patient=A&_sort=-date,code,-status")
	if target := got.Target(""); target != "Observation?_count=50&_sort=-date&patient=A" {
		t.Errorf("asks %s", target)
	}
}

func TestAttack059Formats(t *testing.T) {
	search := "GET " + base + "/Observation?patient=A"
	for _, accept := range []string{
		"application/fhir+xml", "text/html", "application/xml", "application/fhir+ndjson", "application/json;q=0", ";q=", "json",
		"application/fhir+json;fhirVersion=3.0", "application/fhir+json;charset=utf-16", "text/*", "image/png, text/html;q=0.9",
		"application/json;q=", "application/json;q=NaN", "application/json;q=-1", "application/json; q=2",
	} {
		mustRefuse(t, refusal{search + "\nAccept: " + accept, fhir.FormatNotOffered})
	}
	for _, accept := range []string{
		"*/*", "application/json", "application/fhir+json", "application/fhir+json; charset=utf-8", "text/html, */*;q=0.1",
		"application/fhir+json;fhirVersion=4.0", "application/*", "application/fhir+xml\nAccept: application/json", "APPLICATION/JSON",
	} {
		mustParse(t, search+"\nAccept: "+accept)
	}
	for _, format := range []string{"xml", "application/fhir%2Bxml", "ndjson", "html", "json,xml", "JSON", "text/json", ""} {
		mustRefuse(t,
			refusal{search + "&_format=" + format + "\nAccept: application/json", fhir.FormatNotOffered},
			refusal{"GET " + base + "/Patient/A?_format=" + format, fhir.FormatNotOffered},
			refusal{"GET " + base + "/metadata?_format=" + format, fhir.FormatNotOffered},
		)
	}
	mustRefuse(t, refusal{search + "&_format=json&_format=xml", fhir.FormatNotOffered})
	for _, format := range []string{"json;patient=B", "application/json;q=0", "application/json;charset=latin1", "application/json;fhirVersion=3.0",
		"application/fhir%20%20json", "application/json,xml", "application/jsonx", "*/*", "text/html;application/json"} {
		mustRefuse(t, refusal{search + "&_format=" + format, fhir.FormatNotOffered})
	}
	for _, format := range []string{"json", "application/json", "application/fhir%2Bjson", "application/fhir+json", "application/fhir%20json",
		"application/fhir+json;charset=utf-8", "application/fhir%2Bjson%3Bcharset=UTF-8", "application/fhir%2Bjson%3B+fhirVersion%3D4.0"} {
		got := mustParse(t, search+"&_format="+format+"\nAccept: text/html")
		if target := got.Target(""); strings.Contains(target, "_format") {
			t.Errorf("_format is forwarded: %s", target)
		}
	}
}

func TestAttack061CaseChanges(t *testing.T) {
	for _, p := range []string{"Patient=A", "_ID=A", "PATIENT=A", "patient=A&_Include=x", "patient=A&Code=1", "patient=A&_COUNT=1", "patient=A&_Has=x"} {
		mustRefuse(t, refusal{"/Observation?" + p, fhir.ParameterNotOffered})
	}
}

func TestAttack062MisspeltUnderLenientHandling(t *testing.T) {
	mustRefuse(t,
		refusal{"GET " + base + "/Observation?patinet=A\nPrefer: handling=lenient", fhir.ParameterNotOffered},
		refusal{"GET " + base + "/Observation?patient=A&categroy=x\nPrefer: handling=lenient", fhir.ParameterNotOffered},
		refusal{"GET " + base + "/Observation?patient=A&_total=accurate\nPrefer: handling=lenient", fhir.PartialNotOffered},
		refusal{"/Observation?patient=A&_pretty=x", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient=A&_type=Condition", fhir.ParameterNotOffered},
		refusal{"/Observation?patient=A&_offset=10", fhir.ParameterNotOffered},
		refusal{"/Immunization?patient=A&encounter=1", fhir.ParameterNotOffered}, // R4 has none there
		refusal{"/Observation?patient=A&encounter=Patient/1", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient=A&encounter=1,2", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient=A&encounter=https://other.example/Encounter/1", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient=A&mode=full", fhir.ParameterNotOffered},
		refusal{"/Observation/1?patient=A", fhir.ParameterNotOffered},
		refusal{"/Patient/A?_id=B", fhir.ParameterNotOffered},
		refusal{"/metadata?mode=x", fhir.ParameterNotUnderstood},
		refusal{"/metadata?_summary=true", fhir.PartialNotOffered},
		refusal{"POST " + base + "/Consent?_summary=true\nContent-Type: application/fhir+json\n\n{}", fhir.PartialNotOffered},
	)
}

func TestAttack063FormAndAddressAreJudgedTogether(t *testing.T) {
	mustRefuse(t,
		refusal{form("/Observation/_search?patient=A", "patient=B"), fhir.PatientAmbiguous},
		refusal{form("/Observation/_search?code=1", "patient=B&code=2"), fhir.ParameterRepeated},
		refusal{form("/Observation/_search?patient=A&_elements=id", "_elements=code"), fhir.ParameterRepeated},
		refusal{form("/Observation/_search?_summary=true", "patient=A&_elements=id"), fhir.ParameterRepeated},
		refusal{form("/Observation/_search?_summary=false", "patient=A&_summary=true"), fhir.ParameterRepeated},
		refusal{form("/Observation/_search?_summary=text", "patient=A&_include=Observation:performer"), fhir.ParameterNotOffered},
		refusal{form("/Observation/_search", "patient=A&"+strings.Repeat("x", 70_000)), fhir.BodyTooLarge},
		refusal{form("/Observation/_search", "patient=A;patient=B"), fhir.ParameterNotUnderstood},
		refusal{form("/Observation/_search", "patient=A&_page=abc"), fhir.ParameterNotOffered},
		refusal{form("/Observation/_search?_page=abc", ""), fhir.ParameterNotOffered},
	)
	mustParse(t, form("/Observation/_search?patient=A", "code=1&patient=A"))
}

func TestAttack065CompartmentAndParameter(t *testing.T) {
	mustRefuse(t,
		refusal{"/Patient/A/Observation?patient=B", fhir.PatientAmbiguous},
		refusal{"/Patient/A/Observation?subject=B", fhir.PatientAmbiguous},
		refusal{"/Patient/A/Observation?patient.identifier=" + number, fhir.PatientAmbiguous},
		refusal{"/Patient/A/Observation?_page=abc", fhir.ParameterNotOffered},
	)
}

func TestAttack066OtherCompartments(t *testing.T) {
	for _, typ := range []string{"Practitioner", "Group", "Device", "Encounter", "RelatedPerson", "Nonsense"} {
		mustRefuse(t, refusal{"/" + typ + "/x/Observation", fhir.CompartmentNotOffered})
	}
	mustRefuse(t,
		refusal{"/Patient/A/Patient", fhir.CompartmentNotOffered},
		refusal{"/Patient/A/*", fhir.PathNotUnderstood},
		refusal{"/Patient/A/Observation/1", fhir.PathNotUnderstood},
	)
}

func TestAttack068SearchByValue(t *testing.T) {
	for _, p := range []string{"value-quantity=gt5", "value-quantity:missing=true", "component-value-quantity=5", "value-concept=x"} {
		mustRefuse(t, refusal{"/Observation?patient=A&" + p, fhir.ValueNotOffered})
	}
	for _, p := range []string{"birthdate=ge1970-01-01", "name=smith", "family=smith", "address-postalcode=LS1", "telecom=0113", "gender=female"} {
		mustRefuse(t, refusal{"/Patient?_id=A&" + p, fhir.ValueNotOffered}, refusal{"/Patient?" + p, fhir.ValueNotOffered})
	}
	for _, date := range []string{"ap2020", "ne2020", "ge", "2020-13", "2020-00-01", "x", "2020-01-32", "2020-02-30", "ge2020,le2021", "gele2020", "2020-01-01T10", "20200101", "2020-01-01T10:00:00.",
		"2020-01-01T10:00:00.1234567890123", "2020-01-01T25:00", "2020-01-01T10:61", "2020-01-01T10:00+01:00", "2020-01-01T10:00:61Z", "2020-01-01T10:00ZZ", "2020-1", "2020-01-01T10:00%2B1"} {
		mustRefuse(t, refusal{"/Observation?patient=A&date=" + date, fhir.ParameterNotUnderstood})
	}
}

func TestAttack121OnlyExactCategories(t *testing.T) {
	for _, p := range []string{"category:not=x", "category:text=lab", "category:in=http://x/vs", "category:below=x", "category:above=x"} {
		mustRefuse(t, refusal{"/Observation?patient=A&" + p, fhir.ParameterNotOffered})
	}
	for _, value := range []string{"", ",", "a,", ",a", "%7Ca", "s:x%7C", "a%7Cb%7Cc", "a%5C,b", "a%20b", "*", "a$b", "a%25b", "%00", "a%0Ab", "é"} {
		_, refused := fhir.ParseRequest(asked(t, "GET "+base+"/Observation?patient=A&category="+value), base)
		if refused == nil || refused.Code != fhir.ParameterNotUnderstood {
			t.Errorf("category=%s: %+v", value, refused)
		}
	}
}

func TestAttack132OversizedAndMalformedQueries(t *testing.T) {
	mustRefuse(t,
		refusal{"/Observation?patient=A&code=" + strings.Repeat("x", 9000), fhir.QueryTooLong},
		refusal{"/Observation?patient=A&code=" + strings.Repeat("x", 2000), fhir.QueryTooLong},
		refusal{"/Observation?patient=A" + strings.Repeat("&patient=A", 40), fhir.QueryTooLong},
		refusal{"/Observation?patient=A&code=" + strings.Repeat("x,", 60) + "x", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient=A&code=%", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient=A&code=%4", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient=A&code=%zz", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient=A&code=%FF", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient=A&%0a=1", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient=A&=1", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient=A&&code=1", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient=A&", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient=A;code=1", fhir.ParameterNotUnderstood},
		refusal{"/Observation?patient=A&" + strings.Repeat("n", 200) + "=1", fhir.ParameterNotUnderstood},
	)
}
