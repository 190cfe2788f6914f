package collect

import (
	"encoding/json"
	"strings"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/strictjson"
)

// StatusSystem is the code system of a source's status in an answer.
const StatusSystem = "https://mycarerecord.example/fhir/CodeSystem/source-status"

// SourceSystem is the identifier system of a source's id.
const SourceSystem = "https://mycarerecord.example/fhir/Id/source"

// appendEntry writes an entry with where it comes from, behind a comma.
func appendEntry(out []byte, e Entry, tags []byte) []byte {
	address := quoted(e.FullURL)
	out = append(append(out, `,{"fullUrl":`...), address...)
	out = append(out, `,"resource":`...)
	out = appendWithProvenance(out, e, address, tags)
	if e.Included {
		return append(out, `,"search":{"mode":"include"}}`...)
	}
	return append(out, `,"search":{"mode":"match"}}`...)
}

// outcomeOf is the entry that tells of one source.
func outcomeOf(part Part) []byte {
	severity := map[Status]string{Complete: "information", NoRecord: "information", Withheld: "warning", MayBeWithheld: "warning", NotUnderstood: "warning", InPart: "warning"}[part.Status]
	if severity == "" {
		severity = "error"
	}
	codings := []coding{{System: StatusSystem, Code: string(part.Status), Display: part.Status.Text()}}
	issueType := map[Status]string{
		Complete: "informational", NoRecord: "not-found", Withheld: "suppressed", MayBeWithheld: "suppressed",
		NotUnderstood: fhir.IssueType(string(NotUnderstood)), InPart: fhir.IssueType(string(InPart)),
		Refused: "forbidden", TimedOut: "timeout", Failed: "exception",
	}[part.Status]
	words := part.Status.Text()
	if part.Reason.Code != "" {
		codings = append(codings, coding{System: fhir.ReasonSystem, Code: part.Reason.Code})
		words = part.Reason.Text
		if part.Status == Refused || part.Status == Failed {
			issueType = fhir.IssueType(part.Reason.Code)
		}
	}
	diagnostics := part.Reason.Remedy
	if part.Cut {
		codings = append(codings, coding{System: StatusSystem, Code: "cut", Display: part.cutText()})
		diagnostics = join(diagnostics, part.cutText())
	}
	if (part.Status == Failed || part.Status == TimedOut) && part.Source.Telephone != "" {
		diagnostics = join(diagnostics, part.Source.Name+": telephone "+part.Source.Telephone+".")
	}
	if part.Reason.RecordID != "" {
		diagnostics = join(diagnostics, "Record "+part.Reason.RecordID+".")
	}
	var entry outcomeEntry
	entry.Search.Mode = "outcome"
	entry.Resource.ResourceType = "OperationOutcome"
	entry.Resource.Meta.Source = part.Source.base()
	entry.Resource.Meta.Tag = tagsOf(part.Source)
	entry.Resource.Issue = []issue{{Severity: severity, Code: issueType, Details: concept{Coding: codings, Text: words}, Diagnostics: diagnostics}}
	entry.Resource.Issue = append(entry.Resource.Issue, unclear(NotUnderstood, part.Unclear)...)
	entry.Resource.Issue = append(entry.Resource.Issue, unclear(InPart, part.Partial)...)
	for _, ground := range part.Grounds {
		entry.Resource.Issue = append(entry.Resource.Issue, issue{
			Severity: "information", Code: "informational", Diagnostics: ground.until(),
			Details: concept{Coding: []coding{{System: fhir.ReasonSystem, Code: ground.Reason.Code}}, Text: ground.Reason.Text},
		})
	}
	for _, note := range part.Notes {
		severity := "information"
		if note.Code == string(fhir.SomePagesMissing) {
			severity = "warning"
		}
		entry.Resource.Issue = append(entry.Resource.Issue, issue{
			Severity: severity, Code: fhir.IssueType(note.Code), Diagnostics: note.Remedy,
			Details: concept{Coding: []coding{{System: fhir.ReasonSystem, Code: note.Code}}, Text: note.Text},
		})
	}
	return encoded(entry)
}

// unclear tells of what could not be read, beside whatever else there is to tell of
// the source: neither is lost behind the other.
func unclear(status Status, types []string) []issue {
	if len(types) == 0 {
		return nil
	}
	return []issue{{
		Severity: "information", Code: fhir.IssueType(string(status)), Diagnostics: join(status.Remedy(), "This is about "+strings.Join(types, ", ")+"."),
		Details: concept{Coding: []coding{{System: fhir.ReasonSystem, Code: string(status)}}, Text: status.Text()},
	}}
}

// cutText says why not all is here: what the broker could not have of the source, else the
// collector's own limits.
func (p *Part) cutText() string {
	for _, note := range p.Notes {
		if note.Code == string(fhir.SomePagesMissing) {
			return note.Text
		}
	}
	return "There is more here than can be shown at once. Ask for a period or a category to see the rest."
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}

// tagsOf names a source in meta.tag: the organisation that holds the record, and
// the source's id, since one organisation may have several.
func tagsOf(s Source) []coding {
	return []coding{
		{System: nhs.ODSSystem, Code: s.Organisation.String(), Display: s.Name},
		{System: SourceSystem, Code: s.ID},
	}
}

// appendWithProvenance writes an entry's resource with meta.source, its address
// at the broker, and with the source's tags behind its own. Everything else stays
// as the source wrote it.
func appendWithProvenance(out []byte, e Entry, address, tags []byte) []byte {
	begin := len(out)
	var meta, own []byte
	for m := range strictjson.Members(e.Resource) {
		if !m.Is("meta") {
			out = appendMember(out, m)
			continue
		}
		for m := range strictjson.Members(m.Value) {
			switch string(m.Name()) {
			case "source", "_source": // the source system's own; the address says more
			case "tag":
				own = m.Value
			default:
				meta = appendMember(meta, m)
			}
		}
	}
	out = append(append(out, `,"meta":{"source":`...), address...)
	out = append(append(out, meta...), `,"tag":[`...)
	for tag := range strictjson.Elements(own) {
		out = append(append(out, tag...), ',')
	}
	out = append(append(out, tags[1:]...), "}}"...)
	out[begin] = '{' // in place of the first comma
	return out
}

// appendMember writes a member behind a comma.
func appendMember(out []byte, m strictjson.Member) []byte {
	out = append(append(append(out, ','), m.Quoted...), ':')
	return append(out, m.Value...)
}

func quoted(s string) []byte { return encoded(s) }

// encoded is JSON of plain structs and strings, for which there is no error.
func encoded(v any) []byte {
	out, err := json.Marshal(v)
	if err != nil {
		panic("encoding strings: " + err.Error())
	}
	return out
}

type coding struct {
	System  string `json:"system"`
	Code    string `json:"code"`
	Display string `json:"display,omitempty"`
}

type concept struct {
	Coding []coding `json:"coding"`
	Text   string   `json:"text,omitempty"`
}

type issue struct {
	Severity    string  `json:"severity"`
	Code        string  `json:"code"`
	Details     concept `json:"details"`
	Diagnostics string  `json:"diagnostics,omitempty"`
}

type outcomeEntry struct {
	Resource struct {
		ResourceType string `json:"resourceType"`
		Meta         struct {
			Source string   `json:"source"`
			Tag    []coding `json:"tag"`
		} `json:"meta"`
		Issue []issue `json:"issue"`
	} `json:"resource"`
	Search struct {
		Mode string `json:"mode"`
	} `json:"search"`
}
