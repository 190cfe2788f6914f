package decision_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/policies"
)

// allKnown gives a question and facts of which each field says something.
func allKnown() (access.Question, access.Facts) {
	q := policytest.Consultant()
	q.Action = access.DeclareEmergency
	valid := access.Validity{From: q.Time.Add(-time.Hour), Until: q.Time.Add(time.Hour)}
	q.Statement = &access.Statement{
		UserID: q.Subject.UserID, Organisation: q.Subject.Organisation, Permission: "p", Sources: []string{"s"}, Sensitive: true,
		How: "telephone", Purpose: "why", ReasonCode: "life-threatening", Reason: "why", Validity: valid,
	}
	ods := q.Subject.Organisation
	return q, access.Facts{
		Identity:     access.KnownFact(access.Identity{Others: make([]nhs.Number, 1)}),
		Age:          access.KnownFact(17),
		OptOut:       access.KnownFact(access.OptOut{ID: "o", Validity: valid, Telephone: "1", Contact: "c"}),
		Restriction:  access.KnownFact(access.Restriction{ID: "r", Code: "R", Validity: valid}),
		Registration: access.KnownFact(access.Registration{ID: "g", Practice: ods, Name: "n", Telephone: "1", Validity: valid}),
		Permissions: access.KnownFact([]access.Permission{{
			ID: "p", UserID: "u", Organisation: ods, Given: true, Withdrawn: true, Sources: []string{"s"}, Sensitive: true, How: "telephone", Recorded: q.Time, Validity: valid,
		}}),
		Relationships: access.KnownFact([]access.Relationship{{ID: "e", Kind: "episode", Organisation: ods, Ended: true, Validity: valid}}),
		TestOrders: access.KnownFact([]access.TestOrder{{
			ID: "t", Organisation: ods, UserID: "u", Category: "laboratory", Status: "active", ClosedAt: q.Time, Validity: valid,
		}}),
		Emergencies:      access.KnownFact([]access.Emergency{{ID: "e", UserID: "u", ReasonCode: "life-threatening", Validity: valid}}),
		SubjectIsPatient: access.KnownFact(true),
		NationalOptOut:   access.KnownFact(true),
	}
}

// fieldsOf gives each field of a document and its kind: "facts.opt_out.value.id".
func fieldsOf(v any, path string, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		into[path] = "object"
		for name, below := range v {
			fieldsOf(below, strings.TrimPrefix(path+"."+name, "."), into)
		}
	case []any:
		into[path] = "array"
		for _, below := range v {
			fieldsOf(below, path+"[]", into)
		}
	case string:
		into[path] = "string"
	case float64:
		into[path] = "integer"
	case bool:
		into[path] = "boolean"
	}
}

func schemaFields(t *testing.T) (fields map[string]string, words map[string][]string) {
	t.Helper()
	text, err := policies.FS.ReadFile("schema/input.json")
	if err != nil {
		t.Fatal(err)
	}
	type node struct {
		Type       string
		Properties map[string]*node
		Items      *node
		Enum       []string
	}
	var root node
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	fields, words = map[string]string{}, map[string][]string{}
	var walk func(n *node, path string)
	walk = func(n *node, path string) {
		fields[path], words[path] = n.Type, n.Enum
		for name, below := range n.Properties {
			walk(below, strings.TrimPrefix(path+"."+name, "."))
		}
		if n.Items != nil {
			walk(n.Items, path+"[]")
		}
	}
	walk(&root, "")
	return fields, words
}

// A field of the schema that Go does not supply is undefined for ever, and one that
// Go supplies and the schema does not have cannot be read by any rule.
func TestTheSchemaIsWhatGoSupplies(t *testing.T) {
	q, f := allKnown()
	d := policytest.Engine(t).Decide(t.Context(), q, f)
	var doc any
	if err := json.Unmarshal(d.Input, &doc); err != nil {
		t.Fatal(err)
	}
	supplied := map[string]string{}
	fieldsOf(doc, "", supplied)
	schema, _ := schemaFields(t)
	for _, path := range slices.Sorted(maps.Keys(schema)) {
		if supplied[path] != schema[path] {
			t.Errorf("the schema has %s (%s), and Go supplies %q", path, schema[path], supplied[path])
		}
	}
	for _, path := range slices.Sorted(maps.Keys(supplied)) {
		if schema[path] == "" {
			t.Errorf("Go supplies %s, and the schema does not have it", path)
		}
	}
}

// The words of the schema are those of Go.
func TestTheWordsOfTheSchemaAreThoseOfGo(t *testing.T) {
	_, words := schemaFields(t)
	for path, want := range map[string][]string{
		"request.action": {
			string(access.View), string(access.RecordPermission), string(access.RecordRefusal), string(access.Withdraw), string(access.DeclareEmergency),
		},
		"request.interaction": {string(fhir.Read), string(fhir.Search), string(fhir.Create)},
		"subject.assurance":   {"", "AAL1", "AAL2", "AAL3"},
	} {
		if !slices.Equal(words[path], want) {
			t.Errorf("%s: the schema has %v, Go %v", path, words[path], want)
		}
	}
	for path := range words {
		if strings.HasSuffix(path, ".state") && !slices.Equal(words[path], []string{"known", "absent", "unavailable"}) {
			t.Errorf("%s: %v", path, words[path])
		}
	}
}
