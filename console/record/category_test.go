package record_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/policies"
)

// Where an entry stands on the page follows the policies' own rules. Medication
// alone stands elsewhere: by itself it says nothing of what a patient takes.
func TestEntriesStandWhereThePoliciesPutThem(t *testing.T) {
	text, err := fs.ReadFile(policies.FS, "data/categories.json")
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Systems map[string]string
		Rules   []struct {
			Type     string
			Category []string
			Class    string
		}
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Rules) < 50 {
		t.Fatalf("only %d rules: the test looks in the wrong place", len(list.Rules))
	}
	for _, rule := range list.Rules {
		if len(rule.Category) == 0 {
			rule.Category = []string{"|"}
		}
		for _, c := range rule.Category {
			system, code, _ := strings.Cut(c, "|")
			entry := fmt.Sprintf(`{'resourceType':'%s','id':'x','birthDate':'1958-02-11','category':[{'coding':[{'system':'%s','code':'%s'}]}]}`, rule.Type, list.Systems[system], code)
			want := rule.Class
			if rule.Type == "Medication" {
				want = "administrative"
			}
			if got := one(t, entry).Category; got != want {
				t.Errorf("%s of %s stands in %s, want %s", rule.Type, c, got, want)
			}
		}
	}
}
