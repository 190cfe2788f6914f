package trail_test

import (
	"net/http"
	"strings"
	"testing"

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
		"01a20784-f1c7-7e2a-9324-ac7e5b43562c": "01a20784-f1c7-7e2a-9324-ac7e5b43562c", "999 000 0018 77": "(an NHS number)", "12 9990000018": "(an NHS number)",
		"999  000  0018": "(an NHS number)", "a9990000018": "a9990000018", "01a20784-f1c7-7e2a-9990-000018a00000": "01a20784-f1c7-7e2a-9990-000018a00000",
		"(9990000018)": "((an NHS number))", "x/9990000018/y": "x/(an NHS number)/y",
	} {
		if got := trail.WithoutNumbers(text); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

// The ids of records and collections are never taken for NHS numbers: one in some
// hundred could not be looked up.
func TestIDsAreNoNumbers(t *testing.T) {
	for range 50_000 {
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
