package collect

import (
	"bufio"
	"encoding/json"
	"io"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

// StatusSystem is the code system of a source's status in an answer.
const StatusSystem = "https://mycarerecord.example/fhir/CodeSystem/source-status"

// SourceSystem is the identifier system of a source's id.
const SourceSystem = "https://mycarerecord.example/fhir/Id/source"

// writeBundle writes parts as one searchset: the entries with where they come
// from, and for each source one OperationOutcome with its status. The outcomes
// come first, so that nobody reads a record without seeing what is missing.
func writeBundle(w io.Writer, parts []Part) error {
	out := bufio.NewWriterSize(w, 32<<10)
	out.WriteString(`{"resourceType":"Bundle","type":"searchset"`)
	sep := `,"entry":[`
	for _, part := range parts {
		out.WriteString(sep)
		sep = ","
		out.Write(outcomeOf(part))
	}
	for _, part := range parts {
		for _, e := range part.Entries {
			out.WriteString(sep)
			sep = ","
			out.WriteString(`{"fullUrl":`)
			out.Write(quoted(e.FullURL))
			out.WriteString(`,"resource":`)
			out.Write(withProvenance(e, part.Source))
			if e.Included {
				out.WriteString(`,"search":{"mode":"include"}}`)
			} else {
				out.WriteString(`,"search":{"mode":"match"}}`)
			}
		}
	}
	if sep == "," {
		out.WriteByte(']')
	}
	out.WriteByte('}')
	return out.Flush()
}

// outcomeOf is the entry that tells of one source.
func outcomeOf(part Part) []byte {
	severity := map[Status]string{Complete: "information", NoRecord: "information", Withheld: "warning", MayBeWithheld: "warning"}[part.Status]
	if severity == "" {
		severity = "error"
	}
	codings := []coding{{System: StatusSystem, Code: string(part.Status), Display: part.Status.Text()}}
	issueType := map[Status]string{
		Complete: "informational", NoRecord: "not-found", Withheld: "suppressed", MayBeWithheld: "suppressed",
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
	if part.Cut {
		codings = append(codings, coding{System: StatusSystem, Code: "cut", Display: cutText})
	}
	diagnostics := part.Reason.Remedy
	if part.Cut {
		diagnostics = join(diagnostics, cutText)
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
	return encoded(entry)
}

const cutText = "There is more here than can be shown at once. Ask for a period or a category to see the rest."

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

// withProvenance is an entry's resource with meta.source, its address at the
// broker, and with the source's tags behind its own. Everything else stays as the
// source wrote it.
func withProvenance(e Entry, s Source) []byte {
	tags := encoded(tagsOf(s))
	meta := append([]byte(`,"meta":{"source":`), quoted(e.FullURL)...)
	out := make([]byte, 0, len(e.Resource)+len(tags)+256)
	for _, m := range members(e.Resource) {
		if string(m.name) != "meta" {
			out = appendMember(out, m)
			continue
		}
		for _, of := range members(m.value) {
			switch string(of.name) {
			case "source", "_source": // the source system's own; the address says more
			case "tag":
				tags = append(trimmed(of.value), tags[1:]...)
			default:
				meta = appendMember(meta, of)
			}
		}
	}
	meta = append(append(append(meta, `,"tag":`...), tags...), '}')
	out = append(append(out, meta...), '}')
	out[0] = '{' // in place of the first comma
	return out
}

// appendMember writes a member behind a comma.
func appendMember(out []byte, m member) []byte {
	out = append(append(append(out, ',', '"'), m.name...), '"', ':')
	return append(out, m.value...)
}

// trimmed is an array without its end, ready for one more element.
func trimmed(array []byte) []byte {
	given, _ := elements(array)
	out := []byte{'['}
	for _, element := range given {
		out = append(append(out, element...), ',')
	}
	return out
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
