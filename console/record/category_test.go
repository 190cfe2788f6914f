package record_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/policies"
)

// oneOrMore is a text, or a list of them.
type oneOrMore []string

func (t *oneOrMore) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*t = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(t))
}

// Where an entry stands on the page follows the policies' own rules, by type and by
// the categories that sources give; what a list of codes tells is not read here.
// Medication alone stands elsewhere: by itself it says nothing of what a patient
// takes. A consent that is none of care is shown to its own staff at most.
func TestEntriesStandWhereThePoliciesPutThem(t *testing.T) {
	text, err := fs.ReadFile(policies.FS, "data/categories.json")
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Systems map[string]oneOrMore
		Rules   []struct {
			Type           oneOrMore
			Category, Code []string
			Specialty, Has []string
			Class          string
			CategoryText   []string `json:"category_text"`
		}
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, rule := range list.Rules {
		if len(rule.Code)+len(rule.Specialty)+len(rule.Has) > 0 {
			continue
		}
		if len(rule.Category) == 0 {
			rule.Category = []string{"|"}
		}
		for _, c := range rule.Category {
			c, _, _ = strings.Cut(c, " (")
			system, code, ok := strings.Cut(c, "|")
			if !ok {
				continue // a list of data/codes
			}
			if system != "" {
				system = list.Systems[system][0]
			}
			for _, typ := range rule.Type {
				entry := fmt.Sprintf(`{'resourceType':'%s','id':'x','birthDate':'1958-02-11','category':[{'coding':[{'system':'%s','code':'%s'}]}]}`, typ, system, code)
				want := rule.Class
				switch {
				case typ == "Medication":
					want = "administrative"
				case typ == "Consent":
					continue
				}
				compared++
				if got := one(t, entry).Category; got != want {
					t.Errorf("%s of %s stands in %s, want %s", typ, c, got, want)
				}
			}
		}
	}
	if compared < 150 {
		t.Fatalf("only %d compared: the test looks in the wrong place", compared)
	}
}
