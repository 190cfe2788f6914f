package hostile_test

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/attack"
	"github.com/mycarerecord/mcr/internal/demo/hostile"
)

var update = flag.Bool("update", false, "write the cases of the attack suite anew")

const casesFile = "../../../attack/cases/hostile.yaml"

// Every behaviour is a case of the attack suite; the file is written from the table.
func TestEveryBehaviourIsACase(t *testing.T) {
	want := cases()
	if *update {
		if err := os.WriteFile(casesFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(casesFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("the cases of the hostile source (-want +got); go test ./internal/demo/hostile -run Case -update:\n%s", diff)
	}
	read, err := attack.ParseCases(got)
	if err != nil {
		t.Fatal(err)
	}
	if len(read) != len(hostile.Behaviours()) {
		t.Errorf("%d cases for %d behaviours", len(read), len(hostile.Behaviours()))
	}
}

// after are the groups after which the next honest question is asked: they may leave
// something on the connection.
var after = map[string]bool{"statuses": true, "headers": true, "versions": true, "framing": true, "slow": true, "codings": true, "large": true}

// cases writes the cases.
func cases() string {
	var out strings.Builder
	out.WriteString(`# The hostile source of the demo (internal/demo/hostile), a case for each way in which it lies. Written from its table:
#   go test ./internal/demo/hostile -run Case -update
# {bases.hostile} is the gateway in front of it. What each answer is held against is that nothing of B is in it.
cases:
`)
	for _, group := range hostile.Groups() {
		if group.Name == "json" {
			continue
		}
		for i, one := range group.Behaviours {
			fmt.Fprintf(&out, "  - id: 300-hostile-%s\n    title: %q\n", idOf(one.Name), "A source that lies: "+one.Title)
			if i == 0 {
				fmt.Fprintf(&out, "    reason: &%s %q\n    source: &%s-source %q\n", group.Name, group.Reason, group.Name, group.Source)
			} else {
				fmt.Fprintf(&out, "    reason: *%s\n    source: *%s-source\n", group.Name, group.Name)
			}
			if one.Name == "honest" {
				fmt.Fprintf(&out, "    steps:\n      - &honest {send: %q, want: {status: [\"200\"], holds: [A]}}\n", asking(one.Name))
				continue
			}
			fmt.Fprintf(&out, "    steps:\n      - {send: %q, want: {status: [\"200\", \"403\", \"404\", \"502\", \"504\"], outcome: true, only: [Observation]}}\n", asking(one.Name))
			if after[group.Name] {
				out.WriteString("      - *honest\n")
			}
		}
	}
	for _, kind := range []struct{ letter, title, want string }{
		{"n", "is released, though no parser may take it", `["502"]`},
		{"i", "is released otherwise than it is read", `["200", "502"]`},
		{"y", "is released otherwise than it is read, though every parser must take it", `["200", "502"]`},
	} {
		fmt.Fprintf(&out, "  - id: 306-hostile-json-%s\n    title: A text of JSONTestSuite %s\n", kind.letter, kind.title)
		group := hostile.Groups()[len(hostile.Groups())-1]
		fmt.Fprintf(&out, "    reason: %q\n    source: %q\n    each:\n", group.Reason, group.Source)
		for i, text := range hostile.Suite() {
			if text.Name[:1] == kind.letter {
				fmt.Fprintf(&out, "      %q: %q\n", fmt.Sprintf("%03d", i+1), text.Behaviour)
			}
		}
		fmt.Fprintf(&out, "    steps:\n      - {send: %q, want: {status: %s, outcome: true, only: [Observation]}}\n", strings.ReplaceAll(asking("EACH"), "EACH", "{each}"), kind.want)
	}
	return out.String()
}

// asking is the search that chooses a behaviour.
func asking(name string) string {
	return "GET {bases.hostile}/Observation?patient=a&code=" + url.QueryEscape(hostile.System+"|") + name
}

// idOf writes a behaviour's name as a part of a case's id.
func idOf(name string) string {
	return strings.Trim(strings.ReplaceAll(strings.ToLower(name), ".", "-"), "-")
}
