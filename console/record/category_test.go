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

// Where an entry stands on the page follows the policies' own rules: by type, by the
// categories that sources give, and by the lists of codes. Medication alone stands
// elsewhere: by itself it says nothing of what a patient takes.
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
	// codes gives the first spelling of each code of a list, or of one.
	codes := func(names []string) (out [][2]string) {
		for _, one := range names {
			if file, ok := strings.CutPrefix(one, "@"); ok {
				var doc struct {
					System string
					Codes  map[string]string
				}
				text, err := fs.ReadFile(policies.FS, "data/codes/"+file+".json")
				if err != nil || json.Unmarshal(text, &doc) != nil {
					t.Fatal(file, err)
				}
				for code := range doc.Codes {
					out = append(out, [2]string{list.Systems[doc.System][0], code})
				}
				continue
			}
			one, _, _ = strings.Cut(one, " (")
			system, code, _ := strings.Cut(one, "|")
			out = append(out, [2]string{list.Systems[system][0], code})
		}
		return out
	}
	compared := 0
	for _, rule := range list.Rules {
		if len(rule.Specialty)+len(rule.Has) > 0 {
			continue
		}
		element, all := "category", codes(rule.Category)
		if len(rule.Code) > 0 {
			element, all = "code", codes(rule.Code)
		} else if len(all) == 0 {
			all = [][2]string{{"", ""}}
		}
		for _, c := range all {
			for _, typ := range rule.Type {
				at, want := element, rule.Class
				switch {
				case typ == "Medication":
					want = "administrative"
				case typ == "Consent" && element == "code":
					at = "scope"
				case (typ == "Composition" || typ == "DocumentReference") && element == "code":
					at = "type"
				}
				entry := fmt.Sprintf(`{'resourceType':'%s','id':'x','birthDate':'1958-02-11','%s':[{'coding':[{'system':'%s','code':'%s'}]}]}`, typ, at, c[0], c[1])
				compared++
				if got := one(t, entry).Category; got != want {
					t.Errorf("%s of %s %s|%s stands in %s, want %s", typ, at, c[0], c[1], got, want)
				}
			}
		}
	}
	if compared < 2000 {
		t.Fatalf("only %d compared: the test looks in the wrong place", compared)
	}
}
