package fhir_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

const ownCondition = `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"}}`

// unreadable are answers of which nothing may leave.
var unreadable = map[string]string{
	"nothing":                      ``,
	"white space":                  ` `,
	"HTML":                         `<html><body>Mrs B</body></html>`,
	"two byte order marks":         "\ufeff\ufeff" + string(bundleOf(ownCondition)),
	"a byte order mark within":     " \ufeff" + string(bundleOf(ownCondition)),
	"a byte order mark behind":     string(bundleOf(ownCondition)) + "\ufeff",
	"half a byte order mark":       "\xef\xbb" + string(bundleOf(ownCondition)),
	"UTF-16":                       "{\x00\"\x00r\x00",
	"invalid UTF-8":                strings.Replace(string(bundleOf(ownCondition)), "p1", "p\xff1", 1),
	"overlong UTF-8":               strings.Replace(string(bundleOf(ownCondition)), "p1", "p\xc0\xaf1", 1),
	"surrogate in UTF-8":           strings.Replace(string(bundleOf(ownCondition)), "p1", "p\xed\xa0\x801", 1),
	"control character":            strings.Replace(string(bundleOf(ownCondition)), "p1", "p\x001", 1),
	"trailing data":                string(bundleOf(ownCondition)) + `{}`,
	"two answers":                  string(bundleOf(ownCondition)) + "\n" + string(bundleOf(ownCondition)),
	"cut short":                    string(bundleOf(ownCondition)[:100]),
	"trailing comma":               `{"resourceType":"Bundle","type":"searchset","entry":[],}`,
	"single quotes":                `{'resourceType':'Bundle'}`,
	"comment":                      `{"resourceType":"Bundle",/* */"type":"searchset"}`,
	"not a number":                 `{"resourceType":"Bundle","type":"searchset","total":NaN}`,
	"leading zero":                 `{"resourceType":"Bundle","type":"searchset","total":01}`,
	"array":                        `[` + string(bundleOf(ownCondition)) + `]`,
	"string":                       `"Bundle"`,
	"null":                         `null`,
	"too deep":                     strings.Repeat(`{"a":`, 100) + `1` + strings.Repeat(`}`, 100),
	"a resource":                   ownCondition,
	"an OperationOutcome":          `{"resourceType":"OperationOutcome","issue":[{"diagnostics":"Mrs B"}]}`,
	"a collection":                 `{"resourceType":"Bundle","type":"collection","entry":[]}`,
	"a history":                    `{"resourceType":"Bundle","type":"history","entry":[]}`,
	"no type":                      `{"resourceType":"Bundle","entry":[]}`,
	"the type twice":               `{"resourceType":"Bundle","type":"searchset","type":"searchset"}`,
	"entries twice":                `{"resourceType":"Bundle","type":"searchset","entry":[],"entry":[]}`,
	"entries twice, in cases":      `{"resourceType":"Bundle","type":"searchset","entry":[],"Entry":[]}`,
	"an unknown member twice":      `{"resourceType":"Bundle","type":"searchset","xyz":1,"Xyz":2}`,
	"an escaped name":              `{"resourceType":"Bundle","type":"searchset","\u0065ntry":[]}`,
	"a name in another case":       `{"resourcetype":"Bundle","type":"searchset"}`,
	"entries that are no list":     `{"resourceType":"Bundle","type":"searchset","entry":{}}`,
	"links that are no list":       `{"resourceType":"Bundle","type":"searchset","link":{}}`,
	"links that cannot be told":    `{"resourceType":"Bundle","type":"searchset","link":[{"url":"a","url":"b"}]}`,
	"a type of another kind":       `{"resourceType":"Bundle","type":["searchset"]}`,
	"a resource type of that kind": `{"resourceType":["Bundle"],"type":"searchset"}`,
}

func TestAttack093NothingOfAnUnreadableAnswerLeaves(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(bundleOf(ownCondition))
	_ = w.Close()
	unreadable["gzip"] = packed.String()
	unreadable["a billion brackets"] = strings.Repeat("[", 1<<20)
	unreadable["two million values"] = `{"resourceType":"Bundle","type":"searchset","total":[` + strings.Repeat("1,", 2<<20) + `1]}`
	for name, body := range unreadable {
		t.Run(name, func(t *testing.T) {
			got, err := fhir.Filter([]byte(body), searchFor("Condition"), owner, permissionPlan(), fhir.Links{Base: brokerBase})
			if !errors.Is(err, fhir.ErrNotUnderstood) || got.Body != nil {
				t.Errorf("got %s, %v", got.Body, err)
			}
			if _, err := fhir.PatientsIn([]byte(body)); !errors.Is(err, fhir.ErrNotUnderstood) {
				t.Errorf("PatientsIn: %v", err)
			}
		})
	}
}

func TestAttack093AnEntryThatIsNotUnderstoodIsWithheld(t *testing.T) {
	judge(t, permissionPlan(), []judged{
		{"equal names", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"subject":{"reference":"Patient/p2"}}`, "not-understood"},
		{"equal names deep", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1","reference":"Patient/p2"}}`, "not-understood"},
		{"equal names that nobody knows", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"note":[{"abc":1,"abc":2}]}`, "not-understood"},
		{"names that differ in case", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"note":[{"abc":1,"aBc":2}]}`, "not-understood"},
		{"an escaped name", `{"resourceType":"Condition","id":"1","\u006deta":{},"subject":{"reference":"Patient/p1"}}`, "not-understood"},
		{"a name in another case", `{"resourceType":"Condition","id":"1","Meta":{},"subject":{"reference":"Patient/p1"}}`, "not-understood"},
		{"a name in another case deep", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1","Reference":"Patient/p2"}}`, "not-understood"},
		{"an empty name", `{"resourceType":"Condition","id":"1","":1,"subject":{"reference":"Patient/p1"}}`, "not-understood"},
		{"a name with a space", `{"resourceType":"Condition","id":"1","meta ":1,"subject":{"reference":"Patient/p1"}}`, "not-understood"},
		{"a name that looks alike", `{"resourceType":"Condition","id":"1","ſubject":1,"subject":{"reference":"Patient/p1"}}`, "not-understood"},
		{"half a surrogate pair", `{"resourceType":"Condition","id":"1","note":"\ud83d","subject":{"reference":"Patient/p1"}}`, "not-understood"},
		{"a whole surrogate pair", `{"resourceType":"Condition","id":"1","note":"\ud83d\ude00 😀","subject":{"reference":"Patient/p1"}}`, "released as conditions"},
		{"no id", `{"resourceType":"Condition","subject":{"reference":"Patient/p1"}}`, "not-understood"},
		{"an id that is none", `{"resourceType":"Condition","id":"1/../2","subject":{"reference":"Patient/p1"}}`, "not-understood"},
		{"an id that is a number", `{"resourceType":"Condition","id":1,"subject":{"reference":"Patient/p1"}}`, "not-understood"},
		{"a reference that is a number", `{"resourceType":"Condition","id":"1","asserter":{"reference":1},"subject":{"reference":"Patient/p1"}}`, "not-understood"},
		{"an escaped type", `{"resourceType":"\u0043ondition","id":"1","subject":{"reference":"Patient/p1"}}`, "not-understood"},
		{"too many members", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"note":{` + manyMembers(300) + `}}`, "not-understood"},
		{"many members", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"note":{` + manyMembers(200) + `}}`, "released as conditions"},
		{"a resource that is a list", `entry {"resource":[` + ownCondition + `]}`, "not-understood"},
		{"a resource that is null", `entry {"resource":null}`, "not-understood"},
		{"an entry with two resources", `entry {"resource":` + ownCondition + `,"resource":` + ownCondition + `}`, "not-understood"},
		{"an entry without a resource", `entry {"search":{"mode":"match"}}`, "not-understood"},
		{"a bundle in the bundle", `entry {"resource":` + string(bundleOf(ownCondition)) + `}`, "type-not-allowed"},
		{"a mode that nobody knows", `entry {"resource":` + ownCondition + `,"search":{"mode":"other"}}`, "not-understood"},
		{"the mode of an outcome", `entry {"resource":` + ownCondition + `,"search":{"mode":"outcome"}}`, "type-not-allowed"},
	})
}

func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"n` + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + string(rune('a'+i/26)) + `":0`)
	}
	return b.String()
}

func TestAReadMustBeWhatWasAskedFor(t *testing.T) {
	req := fhir.Request{Interaction: fhir.Read, Type: "Condition", ID: "1"}
	for name, body := range map[string]string{
		"another id":     `{"resourceType":"Condition","id":"2","subject":{"reference":"Patient/p1"}}`,
		"another type":   `{"resourceType":"Encounter","id":"1","subject":{"reference":"Patient/p1"}}`,
		"an outcome":     `{"resourceType":"OperationOutcome","id":"1"}`,
		"a bundle":       string(bundleOf(ownCondition)),
		"odd":            `{"resourceType":"Condition","id":"1","a":1,"a":2,"subject":{"reference":"Patient/p1"}}`,
		"no resource":    `{"id":"1"}`,
		"trailing bytes": ownCondition + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := fhir.Filter([]byte(body), req, owner, permissionPlan(), fhir.Links{Base: brokerBase})
			if got.Body != nil || err == nil && got.Withheld == nil {
				t.Errorf("got %s, %v", got.Body, err)
			}
		})
	}
	got, err := fhir.Filter([]byte(ownCondition), fhir.Request{Interaction: fhir.Create, Type: "Condition"}, owner, permissionPlan(), fhir.Links{})
	if err == nil || got.Body != nil {
		t.Errorf("an answer to a create is released: %s", got.Body)
	}
}

func TestAttack091TheSourcesOutcomeIsNotReleased(t *testing.T) {
	got, _ := cut(t, "Condition", permissionPlan(), bundleOf(ownCondition,
		`entry {"resource":{"resourceType":"OperationOutcome","issue":[{"diagnostics":"canary at db.internal"}]},"search":{"mode":"outcome"}}`))
	if strings.Contains(string(got.Body), "canary") || len(got.Released) != 1 {
		t.Errorf("%s", got.Body)
	}
}

func TestAttack098NoTotalsAndNoCounts(t *testing.T) {
	body := `{"resourceType":"Bundle","id":"raw","meta":{"lastUpdated":"2026-01-01T00:00:00Z"},"type":"searchset","total":4711,` +
		`"link":[{"relation":"self","url":"http://source.internal/fhir/Condition?patient=p1"},{"relation":"last","url":"http://source.internal/fhir?page=9"}],` +
		`"entry":[{"link":[{"relation":"x","url":"http://source.internal"}],"fullUrl":"http://source.internal/fhir/Condition/1","resource":` + ownCondition + `,` +
		`"search":{"mode":"match","score":0.5},"request":{"method":"GET"},"response":{"etag":"W/1"}}],"signature":{}}`
	got, _ := cut(t, "Condition", permissionPlan(), []byte(body))
	for _, gone := range []string{"4711", "source.internal", "last", "total", "score", "etag", "request", "signature", `"raw"`} {
		if strings.Contains(string(got.Body), gone) {
			t.Errorf("%q is released: %s", gone, got.Body)
		}
	}
}

func TestAttack105LinksAreTheBrokersOwn(t *testing.T) {
	page := func(links string) string {
		return `{"resourceType":"Bundle","type":"searchset","link":` + links + `}`
	}
	const hapi = "http://source.internal/fhir?_getpages=4f&_getpagesoffset=2&_count=2&_bundletype=searchset"
	for _, c := range []struct {
		name, links, next string
		odd               bool
	}{
		{"HAPI's next", `[{"relation":"next","url":"http://source.internal/fhir?_getpages=4f&_getpagesoffset=2&_count=2&_bundletype=searchset"}]`, hapi, false},
		{"escaped", `[{"relation":"ne\u0078t","url":"http:\/\/source.internal/fhir?_getpages=4f\u0026_getpagesoffset=2&_count=2&_bundletype=searchset"}]`, hapi, false},
		{"the same twice", `[{"relation":"next","url":"a"},{"relation":"next","url":"a"}]`, "a", false},
		{"in capitals", `[{"relation":" NEXT ","url":"a"}]`, "a", false},
		{"two of them", `[{"relation":"next","url":"a"},{"relation":"next","url":"b"}]`, "b", true},
		{"no address", `[{"relation":"next"}]`, "", true},
		{"an empty address", `[{"relation":"next","url":""}]`, "", true},
		{"an address that is no text", `[{"relation":"next","url":["a"]}]`, "", true},
		{"a relation that is no text", `[{"relation":["next"],"url":"a"}]`, "", true},
		{"others only", `[{"relation":"previous","url":"a"},{"relation":"last","url":"b"}]`, "", false},
		{"no object", `["next"]`, "", true},
		{"none", `[]`, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := fhir.NewPage(nil, searchFor("Condition"), owner, permissionPlan(), fhir.Links{Base: brokerBase}, 50, fhir.Position{}, true)
			defer p.Close()
			if err := p.Take([]byte(page(c.links))); err != nil {
				t.Fatal(err)
			}
			if next, odd := p.Next(); next != c.next || odd != c.odd {
				t.Fatalf("next is %q (odd: %v), want %q (%v)", next, odd, c.next, c.odd)
			}
			if text := string(p.Done("", c.odd).Body); strings.Contains(text, `"next"`) || strings.Contains(text, "some-pages-missing") != c.odd {
				t.Error(text)
			}
		})
	}
}

func TestAttack140WithheldSaysNeitherWhatNorHowMuch(t *testing.T) {
	other := `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p2"}}`
	restricted := `{"resourceType":"Observation","id":"1","meta":{"security":[{"code":"R"}]},"subject":{"reference":"Patient/p1"}}`
	one, _ := cut(t, "Condition", permissionPlan(), bundleOf(other))
	many, _ := cut(t, "Condition", permissionPlan(), bundleOf(other, restricted, `{"resourceType":"Basic","id":"x"}`, other))
	if !bytes.Equal(one.Body, many.Body) {
		t.Errorf("the answers differ:\n%s\n%s", one.Body, many.Body)
	}
}

func TestKeptBytesAreExact(t *testing.T) {
	resource := "{\n  \"resourceType\" : \"Observation\",\n \"id\":\"1\" , \"subject\":{\"reference\":\"Patient/p1\"},\"unknownField\":[1.10,1e+5,-0.0,\"\\u00e9\\/\"],\"valueQuantity\":{\"value\": 4.500}}"
	if got := read(t, permissionPlan(), resource); got != resource {
		t.Errorf("got  %s\nwant %s", got, resource)
	}
	_, b := cut(t, "Observation", permissionPlan(), bundleOf(resource))
	if string(b.Entry[0].Resource) != resource {
		t.Errorf("got  %s\nwant %s", b.Entry[0].Resource, resource)
	}
}

func TestAddressesOfTheSourceAreNotReleased(t *testing.T) {
	got := read(t, permissionPlan(), `{"resourceType":"Condition","id":"1","meta":{"versionId":"3","source":"http://source.internal/x#1"},"subject":{"reference":"http://source.internal/fhir/Patient/p1"},"recorder":{"reference":"http://source.internal/fhir/Practitioner/d/_history/2"}}`)
	want := `{"resourceType":"Condition","id":"1","meta":{"versionId":"3"},"subject":{"reference":"Patient/p1"},"recorder":{"reference":"Practitioner/d/_history/2"}}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestReleasedItemsAreNamedForTheRecord(t *testing.T) {
	got, _ := cut(t, "Condition", permissionPlan(), bundleOf(
		`{"resourceType":"Condition","id":"c-1","meta":{"versionId":"7"},"subject":{"reference":"Patient/p1"}}`,
		`{"resourceType":"Condition","id":"gone","subject":{"reference":"Patient/p2"}}`,
		`{"resourceType":"Condition","id":"c2","subject":{"reference":"Patient/p1"}}`))
	if len(got.Released) != 2 || got.Released[0].Reference() != "Condition/c-1/_history/7" || got.Released[1].Reference() != "Condition/c2" {
		t.Errorf("%v", got.Released)
	}
}
