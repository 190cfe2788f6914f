package arch_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
)

// layers: a package imports only from the layers above it in this list, and
// packages of one layer never import each other. So the parts that must be
// trusted most know least, and can be read alone.
var layers = [][]string{
	{"nhs", "strictjson", "fhirdate", "legible", "room", "audit/spool", "wire", "door", "durable", "vouch", "place", "version", "once", "scope", "cors", "grounds"},
	{"fhir", "traceparent", "correlation"},
	{"access"},
	{"token", "registry", "decision", "upstreams", "audit", "policies"},
	{"registry/sqlite", "registry/postgres", "registry/intake", "registry/plainly", "registry/tally", "registry/carry", "registry/sweep"}, // over the words of the registry
	{"audit/protect"},                      // over the record, which it makes fit to hold whom it is about
	{"audit/retention", "audit/trailtest"}, // over protect: holds find their patients in every epoch
	{"collect", "audit/proof", "audit/ship", "audit/clickhouse", "audit/sqlite", "audit/zstd", "audit/completeness", "attack", "replay"},
	{"audit/reconcile"}, // over the shipper, whose notes of what was delivered it compares
	{"broker", "console"},
	{"caddymodule", "internal/demo"},
	{"cmd/mcr"},
}

// sameLayer are the imports within a layer that are meant: data beside its reader, and
// what is written otherwise beside who looks for it.
var sameLayer = map[string][]string{
	"decision": {"policies"}, "decision/check": {"policies"}, "decision/policytest": {"policies"}, "fhir/internal/hosts": {"fhir/internal/spelling"},
	"vouch": {"once"}, // what is believed a single time
}

func layerOf(pkg string) int {
	for i, layer := range layers {
		for _, name := range layer {
			if pkg == name || (strings.HasPrefix(pkg, name+"/") && !known(pkg)) {
				return i
			}
		}
	}
	return -1
}

func known(pkg string) bool {
	for _, layer := range layers {
		if slices.Contains(layer, pkg) {
			return true
		}
	}
	return false
}

func TestPackagesImportOnlyFromTheLayersAboveThem(t *testing.T) {
	for _, file := range tree(t) {
		here := layerOf(file.pkg)
		if file.test || here < 0 {
			continue
		}
		for _, path := range file.imports {
			pkg, ours := strings.CutPrefix(path, module+"/")
			if !ours {
				continue
			}
			there := layerOf(pkg)
			family := strings.HasPrefix(pkg, file.pkg+"/") || strings.HasPrefix(file.pkg, pkg+"/") || sharesParent(file.pkg, pkg)
			switch {
			case there < here || slices.Contains(sameLayer[file.pkg], pkg) || house(pkg) != "" && house(pkg) == house(file.pkg):
			case there == here && family && !known(pkg):
			case there == here && family && !known(file.pkg):
			default:
				t.Errorf("%s: %s (layer %d) must not import %s (layer %d)", file.path, file.pkg, here, pkg, there)
			}
		}
	}
}

// sharesParent: internal/demo/people and internal/demo/issuer, or console/page and
// console/trail, or audit/proof/merkle and audit/proof/signed, are one package's rooms.
func sharesParent(a, b string) bool {
	return slices.ContainsFunc([]string{"internal/demo/", "console/", "audit/proof/", "audit/spool/"}, func(house string) bool {
		return strings.HasPrefix(a, house) && strings.HasPrefix(b, house)
	})
}

// rooms are the floors of one house: a package imports only from those before its own. Who
// reviews the decision point reads "decision" and what it stands on, and nothing else.
var rooms = map[string][][]string{
	"decision": {
		{"decision/internal/fault"},
		{"decision/internal/rego", "decision/internal/folder", "decision/internal/errlist", "decision/internal/yamlnode"},
		{"decision/internal/lists", "decision/own"},
		{"decision"},
		{"decision/cases"},
		{"decision/invariants"},
		{"decision/book", "decision/check"},
		{"decision/book/telling", "decision/draft", "decision/newrule", "decision/tried", "decision/gate", "decision/gate/apart", "decision/mutants", "decision/otherwise", "decision/release", "decision/states"},
		{"decision/release/intake", "decision/release/proposal", "decision/release/releasetest"},
		{"decision/policytest"}, // for tests
	},
}

// house is the one of rooms in which a package stands; "" when it stands in none.
func house(pkg string) string {
	for h := range rooms {
		if pkg == h || strings.HasPrefix(pkg, h+"/") {
			return h
		}
	}
	return ""
}

func TestRoomsOfAHouseImportOnlyFromThoseBelow(t *testing.T) {
	for name, floors := range rooms {
		floor := func(pkg string) int {
			return slices.IndexFunc(floors, func(f []string) bool { return slices.Contains(f, pkg) })
		}
		for _, file := range tree(t) {
			if file.test || house(file.pkg) != name {
				continue
			}
			here := floor(file.pkg)
			if here < 0 {
				t.Errorf("%s: package %s stands on no floor of %s; give it one here", file.path, file.pkg, name)
			}
			for _, path := range file.imports {
				pkg := strings.TrimPrefix(path, module+"/")
				if there := floor(pkg); there >= here && there >= 0 {
					t.Errorf("%s: %s must not import %s", file.path, file.pkg, pkg)
				}
			}
		}
	}
}

func TestEveryPackageHasALayer(t *testing.T) {
	outside := []string{"internal/arch", "internal/corpus", "internal/scenario", "internal/twins", "internal/servers", "internal/browser", "internal/brokers", "internal/heard", "internal/surfer", "internal/strace", "internal/population", "deploy", "bench"}
	for _, file := range tree(t) {
		if layerOf(file.pkg) >= 0 || slices.ContainsFunc(outside, func(o string) bool {
			return file.pkg == o || strings.HasPrefix(file.pkg, o+"/")
		}) {
			continue
		}
		t.Errorf("%s: package %s stands in no layer; give it one here and in docs/architecture.md", file.path, file.pkg)
	}
}

// onlyIn: a library that is used in one place can be replaced, and read about, in
// one place.
var onlyIn = []struct {
	library, why string
	allowed      []string
}{
	{"github.com/caddyserver/", "the broker must run on plain net/http", []string{"caddymodule", "cmd/mcr", "bench"}},
	{"github.com/lestrrat-go/jwx", "one package knows how a token is verified, and one whose keys approve policies", []string{"token", "decision/release"}},
	{"github.com/open-policy-agent/opa", "one package knows how a policy is evaluated", []string{"decision"}},
	{"github.com/ClickHouse/", "one package knows the store", []string{"audit/clickhouse", "internal/servers"}},
	{"golang.org/x/oauth2", "one package signs people in", []string{"console/signin"}},
	{"github.com/coreos/go-oidc/", "one package signs people in", []string{"console/signin"}},
	{"github.com/chromedp/", "one package drives a browser, and only tests do", []string{"internal/browser"}},
	{"golang.org/x/mod/sumdb", "one family of packages knows what a log signs", []string{"audit/proof"}},
	{"filippo.io/torchwood", "it judges what we sign, in tests, and so must not be what signs", []string{"audit/proof"}},
	{"github.com/transparency-dev/", "it judges what we sign, in tests, and so must not be what signs", []string{"audit/proof"}},
	{"github.com/klauspost/compress", "one package packs the spool, one its documents, a test unpacks a server's files, and what everything rests on rests on Go alone", []string{"audit/zstd", "audit/sqlite", "audit/clickhouse", "internal/demo/hostile"}},
	{"github.com/pierrec/lz4", "a test unpacks what ClickHouse has on its disk", []string{"audit/clickhouse"}},
	{"github.com/yuin/goldmark", "it judges the Markdown that we write, in tests", []string{"decision/book/telling"}},
	{"golang.org/x/term", "commands alone know whether somebody watches", []string{"cmd/mcr"}},
	{"github.com/jackc/pgx", "one package knows PostgreSQL", []string{"registry/postgres"}},
	{"modernc.org/sqlite", "two packages keep files of their own", []string{"registry/sqlite", "audit/sqlite"}},
}

func TestLibrariesKeepToTheirPackage(t *testing.T) {
	for _, file := range tree(t) {
		for _, path := range file.imports {
			for _, rule := range onlyIn {
				if !strings.HasPrefix(path, rule.library) {
					continue
				}
				if file.test && strings.HasPrefix(file.pkg, "internal/") {
					continue
				}
				if !slices.ContainsFunc(rule.allowed, func(a string) bool { return file.pkg == a || strings.HasPrefix(file.pkg, a+"/") }) {
					t.Errorf("%s imports %s: only %s may, since %s", file.path, path, strings.Join(rule.allowed, ", "), rule.why)
				}
			}
		}
	}
}

func TestLayerZeroUsesTheStandardLibraryOnly(t *testing.T) {
	for _, file := range tree(t) {
		if file.test || layerOf(file.pkg) != 0 {
			continue
		}
		for _, path := range file.imports {
			pkg, ours := strings.CutPrefix(path, module+"/")
			if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") && !(ours && layerOf(pkg) == 0) {
				t.Errorf("%s imports %s: what everything rests on rests on Go alone", file.path, path)
			}
		}
	}
}

// The demo's source systems must be able to disagree with the broker.
func TestTheDemoSharesNoParsingCodeWithTheBroker(t *testing.T) {
	for _, file := range tree(t) {
		if file.test || !strings.HasPrefix(file.pkg, "internal/demo") {
			continue
		}
		for _, path := range file.imports {
			if path == module+"/fhir" || path == module+"/broker" {
				t.Errorf("%s imports %s: two parsers that are one cannot disagree", file.path, path)
			}
		}
	}
}

// What was made up can be written by nothing but the demo; and, in no program, by the browser's
// stories, which are told in the demo's region.
func TestOnlyTheDemoMakesUpRecords(t *testing.T) {
	const past = "internal/demo/past"
	for _, file := range tree(t) {
		demo := file.path == "internal/browser/past_test.go" || strings.HasPrefix(file.path, "internal/demo/") || strings.HasPrefix(file.path, "cmd/mcr/demo")
		for _, path := range file.imports {
			if path == module+"/"+past && !demo {
				t.Errorf("%s imports %s: no other path may lead to records of what nobody asked", file.path, path)
			}
		}
	}
}

func TestMetricsStandInFilesOfThatName(t *testing.T) {
	for _, file := range tree(t) {
		if file.test || strings.HasSuffix(file.path, "/metrics.go") {
			continue
		}
		for _, path := range file.imports {
			if strings.HasPrefix(path, "github.com/prometheus/") {
				t.Errorf("%s imports %s: metrics stand in metrics.go, so that their labels can be reviewed together", file.path, path)
			}
		}
	}
}

func TestNoPackageIsNamedForNothing(t *testing.T) {
	for _, file := range tree(t) {
		switch strings.TrimSuffix(file.name, "_test") {
		case "util", "utils", "common", "helpers", "helper", "types", "models", "lib", "misc", "base":
			t.Errorf("%s: package %s says nothing about what is in it", file.path, file.name)
		}
	}
}

func TestEveryPackageIsDocumented(t *testing.T) {
	documented := map[string]bool{}
	for _, file := range tree(t) {
		if !file.test {
			documented[file.pkg] = documented[file.pkg] || len(file.doc) > 60
		}
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("package %s has no doc comment that says what it is and guarantees", pkg)
		}
	}
}

func TestFilesHoldOneIdea(t *testing.T) {
	for _, file := range tree(t) {
		if most := 400; !file.test && file.lines > most {
			t.Errorf("%s has %d lines; more than %d is more than one idea", file.path, file.lines, most)
		}
	}
}

func lines(t *testing.T, path string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(text, []byte("\n"))
}

// judges are libraries that tests alone may use: what judges a product must be no part of it.
var judges = []string{"filippo.io/torchwood", "github.com/transparency-dev/", "github.com/yuin/goldmark"}

func TestJudgesAreUsedByTestsAlone(t *testing.T) {
	for _, file := range tree(t) {
		for _, path := range file.imports {
			if !file.test && slices.ContainsFunc(judges, func(j string) bool { return strings.HasPrefix(path, j) }) {
				t.Errorf("%s imports %s, which only tests may", file.path, path)
			}
		}
	}
}
