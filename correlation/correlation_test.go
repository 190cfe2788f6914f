package correlation_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/correlation"
	"github.com/mycarerecord/mcr/nhs"
)

const (
	theNumber = "9990000018"
	aUUID     = "60E0B220-8136-4CA5-AE46-1D97EF59D068" // of the NHS API platform's own example
)

func read(fields ...string) correlation.IDs {
	h := http.Header{}
	for i := 0; i < len(fields); i += 2 {
		h.Add(fields[i], fields[i+1])
	}
	return correlation.Read(h)
}

func sent(ids correlation.IDs) http.Header {
	h := http.Header{}
	ids.Send(h)
	return h
}

// Whatever the case of the header: callers write it in many ways.
func TestEachIDIsKeptAndSentBack(t *testing.T) {
	ids := read("x-request-id", aUUID, "X-CORRELATION-ID", "11C46F5F-CDEF-4865-94B2-0EE0EDCC26DA", "Ssp-TraceID", "ward-7.visit_12")
	want := []string{"X-Request-ID: " + aUUID, "X-Correlation-ID: 11C46F5F-CDEF-4865-94B2-0EE0EDCC26DA", "Ssp-TraceID: ward-7.visit_12"}
	if got := ids.Kept(); !slices.Equal(got, want) {
		t.Errorf("kept: %q", got)
	}
	h := sent(ids)
	if h.Get("X-Request-ID") != aUUID || h.Get("X-Correlation-ID") == "" || h.Get("Ssp-TraceID") != "ward-7.visit_12" || len(h) != 3 {
		t.Errorf("sent back: %v", h)
	}
}

func TestWhatIsNoPlainTokenIsNeitherKeptNorSentBack(t *testing.T) {
	for name, value := range map[string]string{
		"nothing": "", "a script": "<script>alert(1)</script>", "a lookup": "${jndi:ldap://x.example/a}", "a line": "a\r\nSet-Cookie: b=1", "blanks": "a b",
		"a colon": "urn:uuid:1", "not ASCII": "ﾂ9990000018", "65 letters": strings.Repeat("a", 65), "an escape": "a\x1b[2J",
	} {
		if ids := read("X-Request-ID", value, "X-Correlation-ID", value, "Ssp-TraceID", value); ids.Kept() != nil || ids.Trace() != "" || len(sent(ids)) > 0 {
			t.Errorf("%s: %q, %v", name, ids.Kept(), sent(ids))
		}
	}
	if ids := read("X-Request-ID", "a", "X-Request-ID", "b"); ids.Kept() != nil {
		t.Errorf("two: %q", ids.Kept())
	}
	if ids := read("X-Request-ID", strings.Repeat("a", 64)); len(ids.Kept()) != 1 {
		t.Error("64 letters are not kept")
	}
}

// A caller that names its requests by patient does not bring the number into the trail, nor
// see it again.
func TestAnNHSNumberIsNeitherKeptNorSentBack(t *testing.T) {
	for _, value := range []string{theNumber, "999-000-0018", "visit-" + theNumber, "999.000.0018.1", "0" + theNumber, "000000" + theNumber, theNumber + "00", "visit-0" + theNumber + "-1"} {
		for _, header := range correlation.Headers() {
			ids := read(header, value)
			all := fmt.Sprint(ids.Kept(), ids.Trace(), sent(ids))
			if strings.Contains(all, "0018") || !strings.Contains(all, "nhs-number") {
				t.Errorf("%s: %s: %s", header, value, all)
			}
		}
	}
	// Of a UUID nobody can tell. It is kept without the number all the same.
	for _, holds := range []string{"60e0b220-8136-4ca5-ae46-a9990000018f", "00000000-0000-4000-8000-009990000018"} {
		ids := read("X-Request-ID", holds)
		if all := fmt.Sprint(ids.Kept(), ids.Trace()); strings.Contains(all, theNumber) {
			t.Error(all)
		}
		if got := sent(ids).Get("X-Request-ID"); got != holds {
			t.Errorf("sent back: %q", got)
		}
	}
}

func TestWhatManyRequestsShareStandsForTheTrace(t *testing.T) {
	for want, ids := range map[string]correlation.IDs{
		"transaction": read("X-Request-ID", "one", "X-Correlation-ID", "transaction", "Ssp-TraceID", "spine"),
		"spine":       read("X-Request-ID", "one", "Ssp-TraceID", "spine"),
		"one":         read("X-Request-ID", "one"),
		"":            read(),
	} {
		if got := ids.Trace(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{aUUID, theNumber, "visit-999-000-0018", "<script>", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		ids := correlation.Read(http.Header{correlation.RequestHeader: {value}})
		for _, text := range ids.Kept() {
			if strings.ContainsAny(text, "\r\n\"<>\\{}") || nhs.WithoutNumbers(text) != text || len(text) > 120 {
				t.Errorf("%q is kept of %q", text, value)
			}
		}
		if got := sent(ids).Get(correlation.RequestHeader); got != "" && strings.ContainsAny(got, " \r\n<>") {
			t.Errorf("%q is sent back of %q", got, value)
		}
	})
}

// What came with a request goes into its record, and back with its answer.
func Example() {
	ids := correlation.Read(http.Header{"X-Correlation-Id": {"11C46F5F-CDEF-4865-94B2-0EE0EDCC26DA"}})
	answer := http.Header{}
	ids.Send(answer)
	fmt.Println(ids.Kept())
	fmt.Println(answer.Get("X-Correlation-ID"))
	// Output:
	// [X-Correlation-ID: 11C46F5F-CDEF-4865-94B2-0EE0EDCC26DA]
	// 11C46F5F-CDEF-4865-94B2-0EE0EDCC26DA
}
