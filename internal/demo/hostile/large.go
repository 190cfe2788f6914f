package hostile

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// large are bodies of a size or a depth that nobody needs.
var large = []Behaviour{
	{"deep-arrays", "100,000 arrays within each other", nested("[", "]", 100_000)},
	{"deep-objects", "100,000 objects within each other", nested(`{"a":`, "}", 100_000)},
	{"deep-unclosed", "100,000 arrays that are not closed", nested("[", "", 100_000)},
	{"deep-extensions", "1,000 extensions within each other", nested(`[{"url":"x","extension":`, "}]", 1000)},
	{"deep-contained", "1,000 resources contained within each other", nested(`[{"resourceType":"Observation","id":"x","contained":`, "}]", 1000)},
	{"million-names", "an object with a million names", piled(func(i int) string { return fmt.Sprintf(`,"n%d":0`, i) }, 1_000_000)},
	{"million-equal-names", "an object with one name a million times", piled(func(int) string { return `,"subject":{"reference":"Patient/b"}` }, 100_000)},
	{"names-that-collide", "an object with 20,000 names of one length", piled(func(i int) string { return fmt.Sprintf(`,"%08d":0`, i) }, 20_000)},
	{"million-entries", "a million entries with nothing in them", func(x *ask) {
		x.flood(`{"resourceType":"Bundle","type":"searchset","entry":[{"resource":`+x.observation("o-b", x.b, "")+`}`, ",{}", 1_000_000, "]}")
	}},
	{"many-of-b", "20,000 results of B", func(x *ask) {
		one := x.entry(x.observation("o-b", x.b, ""))
		x.flood(`{"resourceType":"Bundle","type":"searchset","entry":[`+one, ","+one, 20_000, "]}")
	}},
	{"many-links", "100,000 next links", func(x *ask) {
		link := `{"relation":"next","url":"` + x.base + `?_getpages=` + B + `"}`
		x.flood(`{"resourceType":"Bundle","type":"searchset","link":[`+link, ","+link, 100_000, "]}")
	}},
	{"long-string", "a string of 20 MB", func(x *ask) {
		x.flood(`{"resourceType":"Observation","id":"`+x.one()+`","note":[{"text":"`+B, strings.Repeat("x", 1000), 20_000, `"}]}`)
	}},
	{"long-escapes", "a string of a million escapes", func(x *ask) {
		x.flood(`{"resourceType":"Observation","id":"`+x.one()+`","subject":{"reference":"Patient/b","display":"`+B, `\u0042`, 1_000_000, `"}}`)
	}},
	{"long-number", "a number of a million digits", func(x *ask) {
		x.flood(`{"resourceType":"Observation","id":"`+x.one()+`","performer":[{"reference":"Patient/b","display":"`+B+`"}],"valueInteger":1`, "0", 1_000_000, `}`)
	}},
	{"long-blank", "10 MB of blanks before the end", func(x *ask) { x.flood(strings.TrimSuffix(x.beside(), "}"), strings.Repeat(" ", 1000), 10_000, "}") }},
}

// flood answers with a text in which one part stands many times.
func (x *ask) flood(begin, part string, times int, end string) {
	x.w.Header().Set("Content-Type", "application/fhir+json")
	x.w.WriteHeader(http.StatusOK)
	write := func(s string) bool { _, err := io.WriteString(x.w, s); return err == nil }
	if !write(begin) {
		return
	}
	block := max(1, 64<<10/max(1, len(part)))
	for ; times > 0; times -= block {
		if !write(strings.Repeat(part, min(block, times))) {
			return
		}
	}
	write(end)
}

// nested answers with a value that lies deep.
func nested(open, shut string, deep int) answer {
	return member(`"performer":[{"reference":"Patient/b","display":"{B}"}],"component":` + many(open, deep) + `0` + many(shut, deep))
}

// piled answers with a resource of very many members.
func piled(name func(int) string, times int) answer {
	return says(func(x *ask) string {
		var all strings.Builder
		for i := range times {
			all.WriteString(name(i))
		}
		return x.observation(x.one(), x.a, `,"performer":[{"reference":"Patient/b","display":"`+B+`"}]`+all.String())
	})
}
