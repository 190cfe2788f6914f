package strictjson_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/strictjson"
)

// The readers, in the order of the columns below.
var readers = []struct {
	name    string
	options strictjson.Options
}{
	{"claims", strictjson.Claims}, {"consent", strictjson.Consent}, {"import", strictjson.Import}, {"answers", strictjson.Answers},
}

// all is for a text of which every reader says the same.
func all(err error) [4]error { return [4]error{err, err, err, err} }

// Every text about which readers of JSON disagree, and what each reader of ours
// says of it: one rule, but where they must differ.
var probes = map[string]struct {
	text string
	want [4]error // claims, consent, import, answers
}{
	"an object": {`{"a":{"b":["c",1.5,true,false]}}`, all(nil)},

	"a name twice":                   {`{"a":1,"a":1}`, all(strictjson.ErrTwice)},
	"a name twice, once escaped":     {`{"a":1,"\u0061":1}`, all(strictjson.ErrTwice)},
	"a name twice, deep within":      {`{"a":[{"b":{"c":1,"d":2,"c":3}}]}`, all(strictjson.ErrTwice)},
	"a name twice, outside ASCII":    {`{"é":1,"\u00e9":1}`, all(strictjson.ErrTwice)},
	"a name twice, outside the BMP":  {`{"😀":1,"\ud83d\ude00":1}`, all(strictjson.ErrTwice)},
	"a name in two objects":          {`{"a":{"a":1},"b":{"a":1}}`, all(nil)},
	"another case":                   {`{"status":1,"Status":1}`, all(strictjson.ErrCase)},
	"another case, escaped":          {`{"status":1,"\u0053tatus":1}`, all(strictjson.ErrCase)},
	"another case, outside ASCII":    {`{"é":1,"É":1}`, all(strictjson.ErrCase)},
	"another case, the long s":       {`{"status":1,"ſtatuſ":1}`, all(strictjson.ErrCase)},
	"another case, the kelvin sign":  {`{"\u212aind":1,"kind":1}`, all(strictjson.ErrCase)},
	"another case, three sigmas":     {`{"σ":1,"ς":1}`, all(strictjson.ErrCase)},
	"i without a dot is another i":   {`{"i":1,"ı":1,"İ":1}`, all(nil)},
	"sharp s is not two":             {`{"ss":1,"ß":1}`, all(nil)},
	"composed and decomposed differ": {"{\"\u00e9\":1,\"e\u0301\":1}", all(nil)},

	"an escaped name":                {`{"\u0061\/b":1}`, all(nil)},
	"an empty name":                  {`{"":1}`, all(strictjson.ErrNoName)},
	"half a surrogate in a name":     {`{"\ud800":1}`, all(strictjson.ErrHalf)},
	"half a surrogate in a string":   {`{"a":"\ud800"}`, all(strictjson.ErrHalf)},
	"half a surrogate, the low one":  {`{"a":"x\udc00"}`, all(strictjson.ErrHalf)},
	"half a surrogate, then another": {`{"a":"\ud83d\ud83d\ude00"}`, all(strictjson.ErrHalf)},
	"half a surrogate, then a line":  {`{"a":"\ud83d\n"}`, all(strictjson.ErrHalf)},
	"a pair the wrong way round":     {`{"a":"\ude00\ud83d"}`, all(strictjson.ErrHalf)},
	"a pair":                         {`{"a":"\ud83d\ude00"}`, all(nil)},

	"a byte order mark":           {"\ufeff" + `{"a":1}`, all(strictjson.ErrMark)},
	"a byte order mark of UTF-16": {"\xff\xfe{\x00}\x00", all(strictjson.ErrMark)},
	"big-endian UTF-16":           {"\xfe\xff\x00{\x00}", all(strictjson.ErrMark)},
	"a byte order mark behind":    {`{"a":1}` + "\ufeff", all(strictjson.ErrSyntax)},
	"bad UTF-8 in a string":       {"{\"a\":\"\xff\"}", all(strictjson.ErrNotUTF8)},
	"bad UTF-8 in a name":         {"{\"\xc3\":1}", all(strictjson.ErrNotUTF8)},
	"UTF-8 that is too long":      {"{\"a\":\"\xc0\xaf\"}", all(strictjson.ErrNotUTF8)},
	"a surrogate in UTF-8":        {"{\"a\":\"\xed\xa0\x80\"}", all(strictjson.ErrNotUTF8)},

	"two objects":               {`{"a":1}{"a":1}`, all(strictjson.ErrSyntax)},
	"something behind":          {`{"a":1}x`, all(strictjson.ErrSyntax)},
	"an array":                  {`["a"]`, all(strictjson.ErrNotObject)},
	"a string":                  {`"a"`, all(strictjson.ErrNotObject)},
	"null":                      {`null`, all(strictjson.ErrNotObject)},
	"nothing":                   {``, all(strictjson.ErrSyntax)},
	"a comment":                 {`{"a":1/**/}`, all(strictjson.ErrSyntax)},
	"a comma at the end":        {`{"a":1,}`, all(strictjson.ErrSyntax)},
	"NaN":                       {`{"a":NaN}`, all(strictjson.ErrSyntax)},
	"a number beyond any":       {`{"a":[-0,1e999,12345678901234567890123]}`, all(nil)},
	"a tab in a string":         {"{\"a\":\"\t\"}", all(strictjson.ErrSyntax)},
	"a space that JSON has not": {"{\u00a0\"a\":1}", all(strictjson.ErrSyntax)},

	"null in an object": {`{"a":null}`, [4]error{nil, strictjson.ErrNull, strictjson.ErrNull, nil}},
	"null in an array":  {`{"a":[null]}`, all(nil)},
	"an empty string":   {`{"a":""}`, [4]error{nil, strictjson.ErrEmpty, nil, nil}},
	"an empty array":    {`{"a":[]}`, [4]error{nil, strictjson.ErrEmpty, nil, nil}},
	"an empty object":   {`{"a":[{ }]}`, [4]error{nil, strictjson.ErrEmpty, nil, nil}},
	"nothing at all":    {`{}`, [4]error{nil, strictjson.ErrEmpty, nil, nil}},

	"an escaped control character": {`{"a":"\u0000"}`, [4]error{nil, strictjson.ErrNotPlain, nil, nil}},
	"an escaped line end":          {`{"a":"b\nc"}`, [4]error{nil, strictjson.ErrNotPlain, nil, nil}},
	"a control character of C1":    {"{\"a\":\"\u0085\"}", [4]error{nil, strictjson.ErrNotPlain, nil, nil}},
	"a control character's name":   {`{"\u007f":1}`, [4]error{nil, strictjson.ErrNotPlain, nil, nil}},
	"a lost character":             {"{\"a\":\"\ufffd\"}", [4]error{nil, strictjson.ErrNotPlain, nil, nil}},
	"a lost character, escaped":    {`{"a":"\ufffd"}`, [4]error{nil, strictjson.ErrNotPlain, nil, nil}},

	"12 deep": {deep(12), all(nil)},
	"13 deep": {deep(13), [4]error{nil, strictjson.ErrDepth, nil, nil}},
	"16 deep": {deep(16), [4]error{nil, strictjson.ErrDepth, nil, nil}},
	"17 deep": {deep(17), [4]error{strictjson.ErrDepth, strictjson.ErrDepth, nil, nil}},
	"32 deep": {deep(32), [4]error{strictjson.ErrDepth, strictjson.ErrDepth, nil, nil}},
	"33 deep": {deep(33), [4]error{strictjson.ErrDepth, strictjson.ErrDepth, strictjson.ErrDepth, nil}},
	"64 deep": {deep(64), [4]error{strictjson.ErrDepth, strictjson.ErrDepth, strictjson.ErrDepth, nil}},
	"65 deep": {deep(65), all(strictjson.ErrDepth)},

	"a million deep": {strings.Repeat(`{"a":[`, 500_000), all(strictjson.ErrDepth)},

	"128 members": {wide(128), all(nil)},
	"129 members": {wide(129), [4]error{strictjson.ErrMembers, strictjson.ErrMembers, nil, nil}},
	"256 members": {wide(256), [4]error{strictjson.ErrMembers, strictjson.ErrMembers, nil, nil}},
	"257 members": {wide(257), all(strictjson.ErrMembers)},

	"a thousand elements": {`{"a":[0` + strings.Repeat(",1", 999) + `]}`, all(nil)},
}

// deep gives an object in which, itself included, so many objects and arrays stand
// within each other.
func deep(n int) string {
	return `{"a":` + strings.Repeat("[", n-1) + "1" + strings.Repeat("]", n-1) + "}"
}

// wide gives an object of so many members.
func wide(n int) string {
	var members []string
	for i := range n {
		members = append(members, fmt.Sprintf(`"a%d":%d`, i, i))
	}
	return "{" + strings.Join(members, ",") + "}"
}

func TestOneRuleWithTheOptionsOfEachReader(t *testing.T) {
	for name, probe := range probes {
		for i, reader := range readers {
			if err := strictjson.Check([]byte(probe.text), reader.options); !errors.Is(err, probe.want[i]) {
				t.Errorf("%s, %s: Check gives %v, want %v", name, reader.name, err, probe.want[i])
			}
			if _, err := strictjson.Decode([]byte(probe.text), reader.options); !errors.Is(err, probe.want[i]) {
				t.Errorf("%s, %s: Decode gives %v, want %v", name, reader.name, err, probe.want[i])
			}
			var d strictjson.Document
			err := d.Read([]byte(probe.text), reader.options)
			if err == nil && d.Nodes[0].Kind != strictjson.Object {
				err = strictjson.ErrNotObject
			}
			if !errors.Is(err, probe.want[i]) {
				t.Errorf("%s, %s: Read gives %v, want %v", name, reader.name, err, probe.want[i])
			}
		}
	}
}

func TestOptionsNeverMakeTheRuleWider(t *testing.T) {
	wider := strictjson.Options{Depth: strictjson.Deepest + 1, Members: strictjson.Widest + 1}
	for name, probe := range probes {
		for _, o := range []strictjson.Options{wider, {Depth: -1, Members: -1}} {
			if got, want := strictjson.Check([]byte(probe.text), o), strictjson.Check([]byte(probe.text), strictjson.Options{}); !errors.Is(got, want) {
				t.Errorf("%s, %+v: got %v, the rule %v", name, o, got, want)
			}
		}
	}
}

// What RFC 8259 has for strings, numbers, words and white space, and what it has
// not.
func TestLexemes(t *testing.T) {
	for text, ok := range map[string]bool{
		`[]`: true, " {\t\"a\" :\r\n[ ] } ": true, `[true,false,null,-0,0.1,1E9,1e-9,1e+9,{}]`: true, `"\u00e9\/\\\"\b\f\n\r\t"`: true, `"` + strings.Repeat("é", 9) + `"`: true,
		`"\x"`: false, `"\u12"`: false, `"\u12g4"`: false, `"\`: false, `"`: false, `"1234567`: false, "\"1234567\n\"": false, "\"123456789\x00\"": false, `"\u`: false,
		`-`: false, `00`: false, `01`: false, `1.`: false, `.5`: false, `+1`: false, `1e`: false, `1e+`: false, `0x1`: false, `Infinity`: false, `-Infinity`: false,
		`tru`: false, `nul`: false, `True`: false, `{"a"}`: false, `{"a":}`: false, `{"a":1`: false, `{,}`: false, `{a:1}`: false, `{'a':1}`: false, `{1:1}`: false, `{"a`: false,
		`{"a":1 "b":2}`: false, `{"a" 1}`: false, `{"a":1]`: false, `{`: false, `{ `: false, `{"a":1, `: false, `{}]`: false, `{} {}`: false,
		`[1,]`: false, `[1 2]`: false, `[`: false, `[,]`: false, `[1}`: false, `]`: false, ` `: false, "\f[]": false, "[]\x00": false,
	} {
		var d strictjson.Document
		if err := d.Read([]byte(text), strictjson.Options{}); (err == nil) != ok {
			t.Errorf("%q: %v, want it read: %t", text, err, ok)
		}
	}
}
