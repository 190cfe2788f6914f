package fhir_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

// readAt cuts a read of a condition of a source at a base address.
func readAt(t *testing.T, base, resource string) string {
	t.Helper()
	got, err := fhir.Filter([]byte(resource), fhir.Request{Interaction: fhir.Read, Type: "Condition", ID: "c"}, owner, permissionPlan(), fhir.Links{Base: brokerBase, Source: base})
	if err != nil {
		t.Fatal(err)
	}
	return string(got.Body)
}

// The source's host in a disguise that a browser or a reader undoes.
func TestAttack321TheSourcesHostInDisguise(t *testing.T) {
	const base = "http://source.internal:8080/fhir"
	for name, address := range map[string]string{
		"encoded twice":          "http://%2573ource.internal/x",
		"encoded thrice":         "http://%252573ource.internal/x",
		"an entity by name":      "http://source&period;internal/x",
		"an entity in an entity": "http://&amp;#115;ource.internal/x",
		"encoded in an entity":   "http://&#37;73ource.internal/x",
		"full width":             "http://ｓｏｕｒｃｅ.ｉｎｔｅｒｎａｌ/x",
		"an ideographic stop":    "http://source。internal/x",
		"a half-width stop":      "http://source｡internal/x",
		"a soft hyphen":          "http://sour\\u00adce.internal/x",
		"a joiner":               "http://source\\u2060.internal/x",
		"no width":               "http://sou\\u200brce.internal/x",
		"a style's escape":       "<div style=\\\"background:url(http://\\\\73 ource.internal/x)\\\">x</div>",
		"a long style's escape":  "<div style=\\\"background:url(http://\\\\000073ource.internal/x)\\\">x</div>",
		"a script's escape":      "http:\\\\/\\\\/\\\\x73ource.internal/x",
		"a script's long":        "\\\\u{73}ource.internal",
		"user's information":     "http://www.example.com@source.internal/x",
		"JSON in a text":         "{\\\"u\\\":\\\"http:\\\\/\\\\/source.internal\\\\/x\\\"}",
		"a link to mail":         "mailto:a@source.internal",
		"capital letters":        "HTTP://SOURCE.INTERNAL/X",
		"a long s":               "http://\u017fource.internal/x",
	} {
		for where, part := range map[string]string{"an address": `"extension":[{"url":"http://x.example/e","valueUrl":"%s"}]`, "words": `"note":[{"text":"see %s there"}]`} {
			got := readAt(t, base, condition(strings.ReplaceAll(part, "%s", address)))
			text := strings.ReplaceAll(strings.ToLower(got), "resourcetype", "")
			if got == "" || strings.Contains(text, "ource") || strings.Contains(text, "internal") || strings.Contains(text, "ｉｎｔｅｒｎａｌ") {
				t.Errorf("%s in %s: %s", name, where, got)
			}
		}
	}
	for _, harmless := range []string{
		`"note":[{"text":"The source of infection is internal; 50% of it. Follow-up – näher, \u00b5g & <2 weeks &amp; so on"}]`, `"note":[{"text":"ｓｏｕｒｃｅ"}]`,
	} {
		if got := readAt(t, base, condition(harmless)); got != condition(harmless) {
			t.Errorf("%s became %s", harmless, got)
		}
	}
}

// An address of numbers has many spellings, which mean the same to whoever follows them.
func TestAttack322TheSourcesNumbersInDisguise(t *testing.T) {
	for base, spellings := range map[string][]string{
		"http://10.1.2.3:8080/fhir": {
			"http://10.1.2.3/x", "http://167838211/x", "http://0x0a010203/x", "http://0x0A.0x01.0x02.0x03/x", "http://012.01.02.03/x", "http://10.1.515/x", "http://10.66051/x", "http://01200201003/x",
			"http://[::ffff:10.1.2.3]/x", "http://[::ffff:a01:203]/x", "http://[::FFFF:0A01:0203]/x", "http://[0:0:0:0:0:ffff:0a01:0203]/x", "http://010.001.002.003/x", "http://１０.1.2.3/x", "http://10.1.2.3.nip.io/x",
		},
		"http://[fd00::1:2]:8080/fhir": {
			"http://[fd00::1:2]/x", "http://[FD00::1:2]/x", "http://[fd00:0:0:0:0:0:1:2]/x", "http://[fd00:0000:0000:0000:0000:0000:0001:0002]/x", "http://[fd00::1:2%25eth0]/x",
		},
	} {
		for _, address := range spellings {
			got := readAt(t, base, condition(`"extension":[{"url":"http://x.example/e","valueUrl":"`+address+`"}]`))
			if got == "" || strings.Contains(got, "valueUrl") {
				t.Errorf("%s of %s: %s", address, base, got)
			}
		}
	}
	for _, harmless := range []string{`"extension":[{"url":"http://x.example/e","valueUrl":"http://10.1.2.30/x"}]`, `"note":[{"text":"Dose 10.1 mg, then 2.3; order 1678382110"}]`} {
		if got := readAt(t, "http://10.1.2.3:8080/fhir", condition(harmless)); got != condition(harmless) {
			t.Errorf("%s became %s", harmless, got)
		}
	}
}
