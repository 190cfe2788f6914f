package trail_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"github.com/google/uuid"

	"github.com/mycarerecord/mcr/console/trail"
)

func TestNumbersAsPeopleTypeThem(t *testing.T) {
	for text, ok := range map[string]bool{
		"9990000018": true, "999 000 0018": true, "999-000-0018": true, " 999–000—0018 ": true, "999\u00a0000\u202f0018": true,
		"\u200e9990000018\u200f": true, "999−000−0018": true,
		"9990000019": false, "": false, "99900000": false, "99900000181": false, "９９９００００１８": false, "999000001O": false, "٩٩٩٠٠٠٠٠١٨": false,
	} {
		n, err := trail.TypedNumber(text)
		if (err == nil) != ok || ok && n.Digits() != "9990000018" {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q stands in %q", text, err)
		}
	}
}

func TestNumbersAreTakenOut(t *testing.T) {
	for text, want := range map[string]string{
		"9990000018": "(an NHS number)", "id=999 000 0018&x": "id=(an NHS number)&x", "x 999-000-0018 y": "x (an NHS number) y",
		"555001000100": "555001000100", "999.000.0018": "(an NHS number)", "9990000019": "9990000019", "999–000–0018": "(an NHS number)",
		"01a20784-f1c7-7e2a-9324-ac7e5b43562c": "01a20784-f1c7-7e2a-9324-ac7e5b43562c", "999 000 0018 77": "(an NHS number) 77", "12 9990000018": "12 (an NHS number)",
		"999  000  0018": "(an NHS number)", "a9990000018": "a(an NHS number)", "01a20784-f1c7-7e2a-9990-000018a00000": "01a20784-f1c7-7e2a-9990-000018a00000",
		"(9990000018)": "((an NHS number))", "x/9990000018/y": "x/(an NHS number)/y",
		"9990000018 9990000026": "(an NHS number) (an NHS number)", "99900000189990000026": "99900000189990000026", "999a000a0018": "999a000a0018",
		"4bf92f3577b34da6a3ce929990000018": "4bf92f3577b34da6a3ce929990000018", "": "", "\xff9990000018": "\xff(an NHS number)",
	} {
		if got := trail.WithoutNumbers(text); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

// The ids of records and collections are never taken for NHS numbers: one in some
// hundred could not be looked up.
func TestIDsAreNoNumbers(t *testing.T) {
	for range 2000 {
		id := uuid.Must(uuid.NewV7()).String()
		random := uuid.New().String()
		for _, id := range []string{id, random, strings.ReplaceAll(random, "-", "")} {
			if got := trail.WithoutNumbers("records/" + id); got != "records/"+id {
				t.Fatalf("%s became %s", id, got)
			}
		}
	}
}

// An NHS number is taken from the body of a POST and from nowhere else, and never
// leads into an address.
func TestANumberNeverStandsInAnAddress(t *testing.T) {
	r := open(t, openSQLite(t))
	for _, target := range []string{
		"/console/trail/records?patient=9990000018", "/console/trail/patient?patient=9990000018", "/console/trail/patient?of=x",
		"/console/trail/records?id=999%20000%200018", "/console/trail/records?of=01a20784", "/console/trail?patient=9990000018",
	} {
		status, body := r.get(t, target)
		if status != http.StatusBadRequest || strings.Contains(body, "9990000018") || strings.Contains(body, "999 000 0018") {
			t.Errorf("%s: %d\n%s", target, status, body)
		}
	}
	for _, target := range []string{"/console/trail/records?patient=9990000018", "/console/trail/patient?patient=9990000018", "/console/trail/patient?x=y"} {
		if status, _ := r.post(t, target, "patient", "9990000026"); status != http.StatusBadRequest {
			t.Errorf("POST %s: %d", target, status)
		}
	}
	for _, field := range []string{"id", "user", "trace", "older", "from", "day"} {
		form := map[string][]string{field: {"999 000 0018"}}
		status, header, _ := r.ask(t, http.MethodPost, "/console/trail/records", form)
		if status != http.StatusBadRequest || header.Get("Location") != "" {
			t.Errorf("%s: %d, sent on to %s", field, status, header.Get("Location"))
		}
	}
	for _, field := range []string{"patient", "of"} {
		if status, _ := r.post(t, "/console/trail/patient", field, "9990000018", field, "9990000026"); status != http.StatusBadRequest {
			t.Errorf("two of %s: %d", field, status)
		}
	}
}

// spellings are the ways in which a number is written that is meant not to be
// seen, or was copied from somewhere: all that stand between letters, all that
// stands between digits, and the digits of other scripts.
func spellings(number string) []string {
	var all []string
	for _, joint := range []string{"", " ", "  ", "-", ".", "/", "_", ":", ",", ";", "|", "\\", "*", "+", "~", "'", ") (", " - ", "\u00a0", "\u2009", "\u202f", "\u3000",
		"\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u0301", "\ufe0f\u20e3", "–", "−", "·", "•", "💉", "<b>", "%20", "%2520", "%C2%A0", "x", "and"} {
		if joint == "<b>" || joint == "x" || joint == "and" || strings.HasPrefix(joint, "%") { // a letter stands in it
			all = append(all, number[:3]+joint+number[3:6]+joint+number[6:])
			continue
		}
		all = append(all, number[:3]+joint+number[3:6]+joint+number[6:], number[:1]+joint+number[1:], strings.Join(strings.Split(number, ""), joint))
	}
	for _, zero := range []rune{'٠', '۰', '०', '０', '𝟎', '𝟘', '𝟬', '₀'} {
		all = append(all, strings.Map(func(r rune) rune { return zero + r - '0' }, number), number[:5]+strings.Map(func(r rune) rune { return zero + r - '0' }, number[5:]))
	}
	var escaped strings.Builder
	for _, c := range []byte(number) {
		fmt.Fprintf(&escaped, "%%%02x", c)
	}
	return append(all, escaped.String(), strings.NewReplacer("9", "⁹", "1", "¹", "8", "⑧").Replace(number), number[:4]+"/"+number[4:6]+" "+number[6:])
}

// However an NHS number is written in a filter, an address or a header, it does
// not reach the trail: the filter is refused, and the look's record is without it.
func TestNoSpellingOfANumberIsRecorded(t *testing.T) {
	r := open(t, openSQLite(t))
	r.who = person("RZ1")
	for _, spelt := range spellings(patients[0]) {
		for _, text := range []string{spelt, "x " + spelt, "id=" + spelt + "&", "(" + spelt + ")", "nhs" + spelt + "z", "12/" + spelt + "/77"} {
			for _, field := range []string{"user", "id", "trace", "source"} {
				form := url.Values{field: {text}, "outcome": {"failed"}}
				if _, faults := trail.Read(form, now); len(faults) == 0 {
					t.Errorf("%q is taken for a filter", text)
				}
			}
			if kept := trail.Bounded(text); trail.HoldsNumber(kept) {
				t.Errorf("%q is kept as %q", text, kept)
			}
		}
		// What the look's record says is what was not refused, and no more.
		if status, _ := r.get(t, "/console/trail/records?outcome=failed&user="+url.QueryEscape(spelt)); status != http.StatusBadRequest || r.looks.last(t).Query != "records?outcome=failed" {
			t.Errorf("%q: %d, recorded as %q", spelt, status, r.looks.last(t).Query)
		}
		r.get(t, "/console/trail/records/"+url.PathEscape(spelt))
		if look := r.looks.last(t); trail.HoldsNumber(look.Query) || !strings.Contains(look.Query, "(an NHS number)") {
			t.Errorf("%q: recorded as %q", spelt, look.Query)
		}
	}
}

// A number that was filled up to look like an id is taken out like any other: an id
// has a letter.
func TestAFilledUpNumberIsNoID(t *testing.T) {
	r := open(t, openSQLite(t))
	for _, text := range []string{
		"00000000000000000000009995650088", "00009995-6500-8800-0000-000000000000", "99956500880000000000000000000000", "12345678999565008811111111111111",
		"00000000-0000-0000-0000-009995650088", "0000000000000000000000000000009995650088", strings.Repeat("0", 54) + "9995650088", "9995650088" + strings.Repeat("0", 54),
		"00000000-0000-0000-0000-000000000999-565-0088", "00009995650088", "0009995650088", strings.Repeat("0", 80) + "9995650088", "0999-565-0088", "000999 565 0088",
		"٠٠٠٠٩٩٩٥٦٥٠٠٨٨", "0000999x565x0088",
	} {
		if !trail.HoldsNumber(text) || trail.Bounded("x "+text) == "x "+text {
			t.Errorf("%s holds a number", text)
		}
		status, _ := r.get(t, "/console/trail/records/"+url.PathEscape(text))
		if look := r.looks.last(t); status != http.StatusNotFound || !strings.Contains(look.Query, "(an NHS number)") || strings.Contains(look.Query, "565") {
			t.Errorf("%s: %d, recorded as %q", text, status, look.Query)
		}
		for _, field := range []string{"trace", "id"} {
			status, _ = r.get(t, "/console/trail/records?"+field+"="+url.QueryEscape(text))
			if look := r.looks.last(t); status != http.StatusBadRequest || look.Query != "records" {
				t.Errorf("%s=%s: %d, recorded as %q", field, text, status, look.Query)
			}
		}
	}
}

// Filters as people and links give them are not taken for numbers.
func TestFiltersAreNoNumbers(t *testing.T) {
	for _, text := range []string{"555001000100", "R0260", "S0010:G0020:R0260", "Z91001", "2026-03-01", "1 March 2026", "local-1", "jane.smith2@trust.example",
		"4bf92f3577b34da6a3ce929990000018", "01a20784-f1c7-7e2a-9324-000000000000", "gp-riverside", "00000000000000000000000000000001", "2026-03-02.1", "auth0|5f7c8ec7c33c6c004bbafe82"} {
		if trail.HoldsNumber(text) {
			t.Errorf("%q is taken for a number", text)
		}
	}
}

// A client's address is recorded as it is; a header is cut after numbers were
// taken out of it, so that no half of one stays.
func TestWhatAClientSaysIsRecordedSafely(t *testing.T) {
	r := open(t, openSQLite(t))
	for address, want := range map[string]string{"10.120.45.250:9": "10.120.45.250", "99.90.000.018:1": "(an NHS number)", "[2001:db8::1]:80": "2001:db8::1", "9990000018": "(an NHS number)"} {
		req := httptest.NewRequest(http.MethodGet, "/console/trail", nil)
		req.RemoteAddr = address
		req.Header.Set("User-Agent", strings.Repeat("x", 294)+" 9990000018 Mozilla")
		r.mux.ServeHTTP(httptest.NewRecorder(), req)
		look := r.looks.last(t)
		if look.ClientIP != want || strings.Contains(look.UserAgent, "999") || len(look.UserAgent) > 300 {
			t.Errorf("%s: recorded as %q, %q", address, look.ClientIP, look.UserAgent)
		}
	}
}

func FuzzNumbers(f *testing.F) {
	f.Add("before", " ", "after")
	f.Add("1", "\u00ad", "2 ")
	f.Add("\xff", "%2d", "٣")
	f.Fuzz(func(t *testing.T, before, joint, after string) {
		if len(before)+len(joint)+len(after) > 100 {
			t.Skip()
		}
		got := trail.Bounded(before + "/x/999" + joint + "000" + joint + "0018/x/" + after)
		if again := trail.Bounded(got); again != got || trail.HoldsNumber(got) {
			t.Errorf("%q holds a number still: %q", got, again)
		}
		if !strings.ContainsFunc(joint, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) && !strings.Contains(got, "(an NHS number)") {
			t.Errorf("nothing taken out of %q", got)
		}
	})
}
