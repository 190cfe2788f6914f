package audit_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
)

// marshal is what encoding/json makes of a record.
func marshal(t testing.TB, r *audit.Record) string {
	t.Helper()
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func TestEncodingIsThatOfEncodingJSON(t *testing.T) {
	for name, r := range map[string]*audit.Record{
		"whole": record(), "empty": {}, "no reasons": {Reasons: []string{}},
		"local times": {TimeIn: noon.In(time.UTC)},
	} {
		if diff := cmp.Diff(marshal(t, r), string(audit.AppendJSON(nil, r))); diff != "" {
			t.Errorf("%s (-encoding/json +ours):\n%s", name, diff)
		}
	}
}

// A field that is added to Record and not to the encoder fails here: every field
// is filled by reflection, one at a time and all together.
func TestEncodingForgetsNoField(t *testing.T) {
	all := new(audit.Record)
	fill(t, reflect.ValueOf(all).Elem())
	if diff := cmp.Diff(marshal(t, all), string(audit.AppendJSON(nil, all))); diff != "" {
		t.Errorf("every field (-encoding/json +ours):\n%s", diff)
	}
	for i := range reflect.TypeFor[audit.Record]().NumField() {
		one := new(audit.Record)
		fillField(t, reflect.ValueOf(one).Elem(), i)
		if diff := cmp.Diff(marshal(t, one), string(audit.AppendJSON(nil, one))); diff != "" {
			t.Errorf("only %s (-encoding/json +ours):\n%s", reflect.TypeFor[audit.Record]().Field(i).Name, diff)
		}
	}
}

func fill(t *testing.T, v reflect.Value) {
	for i := range v.NumField() {
		fillField(t, v, i)
	}
}

func fillField(t *testing.T, v reflect.Value, i int) {
	f, name := v.Field(i), v.Type().Field(i).Name
	switch x := f.Addr().Interface().(type) {
	case *time.Time:
		*x = noon.Add(time.Duration(i) * time.Second)
	case *[]string:
		*x = []string{name + " one", name + " \"two\""}
	case *map[string]int:
		*x = map[string]int{name: i, "b": 2, "a": 1}
	case *json.RawMessage:
		*x = json.RawMessage(`{"a":[1,2.50,"x"],"b":null}`)
	case *bool:
		*x = true
	case *audit.Spent:
		fill(t, f)
	default:
		switch {
		case f.Kind() == reflect.String:
			f.SetString("<" + name + "> & é")
		case f.CanInt():
			f.SetInt(int64(i + 1))
		case f.CanUint():
			f.SetUint(uint64(i + 1))
		default:
			t.Fatalf("%s: a field of a kind that this test does not know: teach it, and the encoder", name)
		}
	}
}

// Attack 132: newline, NUL, huge and invalid UTF-8 values in what a client
// controls are stored as data, on one line, bounded.
func TestAttack132HostileValuesAreStoredAsData(t *testing.T) {
	for name, value := range map[string]string{
		"newline": "a\nb\r\n{\"outcome\":\"released\"}", "NUL": "a\x00b", "invalid UTF-8": "a\xff\xc3(\xed\xa0\x80z",
		"quote": `","outcome":"released","x":"`, "backslash at the end": `\`, "escape": "\x1b[2J\x7f", "separator": "a\u2028b\u2029c",
		"huge": strings.Repeat("é", 1<<20), "huge invalid": strings.Repeat("\xc3", 1<<20), "huge escapes": strings.Repeat("\x00", 1<<20),
	} {
		r := record()
		r.UserAgent, r.Query, r.EmergencyReason, r.PurposeWords, r.Client, r.UserID = value, value, value, value, value, value
		r.Reasons = []string{value}
		r.Resources = []string{value}
		r.Withheld = map[string]int{value: 1}
		out := audit.AppendJSON(nil, r)
		if len(out) > 100<<10 {
			t.Errorf("%s: %d bytes", name, len(out))
		}
		if bytes.ContainsAny(out, "\n\r\x00") || !utf8.Valid(out) {
			t.Errorf("%s: control characters or invalid UTF-8 in the document", name)
		}
		var back audit.Record
		if err := json.Unmarshal(out, &back); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if back.Outcome != audit.Released || back.Source != r.Source {
			t.Errorf("%s: a value became structure: %+v", name, back)
		}
		if want := strings.ToValidUTF8(value, "\ufffd"); len(value) < 1000 && name != "invalid UTF-8" && back.UserAgent != want {
			t.Errorf("%s: read back %q, want %q", name, back.UserAgent, want)
		}
		if len(value) > 1000 && !strings.Contains(back.UserAgent, "…[cut ") {
			t.Errorf("%s: nothing says that the value was cut", name)
		}
	}
}

func TestListsAndCountsAreBounded(t *testing.T) {
	r := record()
	r.Resources, r.Withheld, r.Rules = nil, map[string]int{}, nil
	for i := range 20_000 {
		r.Resources = append(r.Resources, "Observation/"+strings.Repeat("9", i%64))
		r.Withheld[strings.Repeat("x", i%200)+string(rune('a'+i%26))] = 1
		r.Rules = append(r.Rules, "rule")
	}
	r.Input = json.RawMessage(`"` + strings.Repeat("x", 1<<20) + `"`)
	var back audit.Record
	if err := json.Unmarshal(audit.AppendJSON(nil, r), &back); err != nil {
		t.Fatal(err)
	}
	if n := len(back.Resources); n != 10_000 || back.Resources[n-1] != "…[cut 10001]" {
		t.Errorf("%d resources, the last %q", n, back.Resources[n-1])
	}
	total := 0
	for _, n := range back.Withheld {
		total += n
	}
	if len(back.Withheld) > 256 || total != len(r.Withheld) {
		t.Errorf("%d keys that count %d, want at most 256 that count %d", len(back.Withheld), total, len(r.Withheld))
	}
	if string(back.Input) != `{"cut":1048578}` {
		t.Errorf("input: %.40s", back.Input)
	}
}

func TestInputThatIsNotJSONIsKeptAsText(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":`: `"{\"a\":"`, "{\"a\":\n 1}": `{"a":1}`, "\"\xff\"": `"\"` + "\ufffd" + `\""`, `{"a":1}`: `{"a":1}`,
	} {
		r := &audit.Record{Input: json.RawMessage(in)}
		var back audit.Record
		if err := json.Unmarshal(audit.AppendJSON(nil, r), &back); err != nil {
			t.Fatal(err)
		}
		var a, b any
		if json.Unmarshal(back.Input, &a) != nil || json.Unmarshal([]byte(want), &b) != nil || !cmp.Equal(a, b) {
			t.Errorf("%q became %s, want %s", in, back.Input, want)
		}
	}
}

func TestYearsThatJSONCannotHoldAreWritten(t *testing.T) {
	for _, year := range []int{-1, 10_000} {
		r := &audit.Record{TimeIn: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)}
		var back audit.Record
		if err := json.Unmarshal(audit.AppendJSON(nil, r), &back); err != nil || !back.TimeIn.IsZero() {
			t.Errorf("year %d: %v, %v", year, back.TimeIn, err)
		}
	}
}

func FuzzEncode(f *testing.F) {
	f.Add("agent", "Observation?code=1", "note", "k", `{"a":1}`, int64(0), 3)
	f.Add("a\nb\x00\xff", "\u2028\"\\", strings.Repeat("é", 600), "", `{"a":`, int64(-1<<62), -1)
	f.Add("", "", "", "\xf0\x9f", "[\n1]", int64(1<<62), 1<<40)
	f.Fuzz(func(t *testing.T, agent, query, reason, key, input string, at int64, n int) {
		r := &audit.Record{
			ID: "id", TimeIn: time.Unix(0, at), TimeOut: time.Unix(at%1e12, 0), UserAgent: agent, Query: query, EmergencyReason: reason,
			UserID: agent, Reasons: []string{reason, key}, Withheld: map[string]int{key: n}, Input: json.RawMessage(input), Status: n,
		}
		out := audit.AppendJSON(nil, r)
		if !json.Valid(out) || !utf8.Valid(out) || bytes.ContainsAny(out, "\n\r") {
			t.Fatalf("not one line of valid JSON: %q", out)
		}
		var back audit.Record
		if err := json.Unmarshal(out, &back); err != nil {
			t.Fatal(err)
		}
		if !back.TimeIn.Equal(r.TimeIn) || back.Status != n || (agent != "" && len(agent) <= 256 && utf8.ValidString(agent) && back.UserAgent != agent) {
			t.Errorf("read back %+v", back)
		}
		// What was read back is within bounds, so a second writing changes nothing
		// (but that bytes replaced once are then whole characters).
		whole := utf8.ValidString(agent) && utf8.ValidString(query) && utf8.ValidString(reason) && utf8.ValidString(key) && utf8.ValidString(input)
		if again := audit.AppendJSON(nil, &back); whole && !bytes.Equal(again, out) {
			t.Errorf("written again:\n%s\n%s", out, again)
		}
		c, err := audit.ReadColumns(out)
		if err != nil || c.UserID != back.UserID || c.Reason != back.Reasons[0] || !c.TimeIn.Equal(back.TimeIn) {
			t.Errorf("columns %+v, %v", c, err)
		}
	})
}

// The input is checked against a parser that nobody here wrote.
func FuzzInput(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-2.5e+3,true,false,null,"\\u00e9\\n"],"b":{}}`, ` [ 1 , { "a" : [ ] } ] `, `01`, `-`, `1.`, `1e`, `"\\x"`, "\"\n\"", `tru`, `[1,]`,
		`{"a"}`, `{1:2}`, `[`, `]`, `1 2`, "\"\xff\"", strings.Repeat("[", 70) + strings.Repeat("]", 70), `0.0`, `-0`, `"\\u12g4"`, ``, ` `,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := audit.AppendJSON(nil, &audit.Record{Input: json.RawMessage(in)})
		var back audit.Record
		if err := json.Unmarshal(out, &back); err != nil {
			t.Fatal(err)
		}
		deep := strings.Count(in, "[")+strings.Count(in, "{") > 64
		if !json.Valid([]byte(in)) || !utf8.ValidString(in) || deep {
			return // kept as text, or not at all: the document is valid all the same
		}
		var want bytes.Buffer
		if err := json.Compact(&want, []byte(in)); err != nil || want.String() != string(back.Input) {
			t.Errorf("%q became %q, want %q", in, back.Input, want.String())
		}
	})
}

func BenchmarkAppendJSON(b *testing.B) {
	r := record()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = audit.AppendJSON(buf[:0], r)
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkEncodingJSON(b *testing.B) {
	r := record()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := json.Marshal(r); err != nil {
			b.Fatal(err)
		}
	}
}
