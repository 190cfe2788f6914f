package collect_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/collect"
)

// What a source's answers rest on is told once each, with the first end of what it rests
// on; of several reasons in one answer an end is told with the reason that it is of.
func TestWhyTheAnswersMayBeSeenIsTold(t *testing.T) {
	const day, week = "1798761600", "1799280000"
	for name, c := range map[string]struct {
		fields map[string]string // by type, "" of every other
		want   string
	}{
		"nothing is told":            {nil, ""},
		"a reason without an end":    {map[string]string{"": "reasons=(own-record)"}, "own-record"},
		"the first of its ends":      {map[string]string{"": "reasons=(permission-to-view), permission=@" + week + ", relationship=@" + day}, "permission-to-view until " + day},
		"an end of no known kind":    {map[string]string{"": "reasons=(own-record), lease=@" + week}, "own-record until " + week},
		"whose end of two it is":     {map[string]string{"": "reasons=(own-record permission-to-view), permission=@" + day}, "own-record; permission-to-view until " + day},
		"an order's, of two":         {map[string]string{"": "reasons=(test-order routine-gp-access), order=@" + day + ", relationship=@" + week}, "test-order until " + day + "; routine-gp-access until " + week},
		"the first of two answers":   {map[string]string{"Patient": "reasons=(permission-to-view), permission=@" + week, "Condition": "reasons=(permission-to-view), permission=@" + day}, "permission-to-view until " + day},
		"the first, which came last": {map[string]string{"Patient": "reasons=(permission-to-view), permission=@" + day, "Condition": "reasons=(permission-to-view), permission=@" + week}, "permission-to-view until " + day},
		"an end beside none":         {map[string]string{"Patient": "reasons=(emergency-access)", "Condition": "reasons=(emergency-access), emergency=@" + day}, "emergency-access until " + day},
		"none beside an end":         {map[string]string{"Patient": "reasons=(emergency-access), emergency=@" + day, "Condition": "reasons=(emergency-access)"}, "emergency-access until " + day},
		"what has not the form":      {map[string]string{"": "reasons=(own-record);q=1"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := &broker{id: "a", records: record}
			b.answer = func(w http.ResponseWriter, r *http.Request) bool {
				typ := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/a/fhir/"), "/_search")
				for _, of := range []string{typ, ""} {
					if field, ok := c.fields[of]; ok {
						w.Header().Set("Mcr-Grounds", field)
						break
					}
				}
				return false
			}
			part := newRegion(t, collect.Config{}, b).whole(t)["a"]
			var got []string
			for _, g := range part.Grounds {
				text := g.Reason.Code
				if !g.Until.IsZero() {
					text += " until " + seconds(g.Until)
				}
				got = append(got, text)
				if g.Reason.Text == "" || g.Reason.Text == g.Reason.Code {
					t.Errorf("%s is not told in the words of the policies: %q", g.Reason.Code, g.Reason.Text)
				}
			}
			if text := strings.Join(got, "; "); text != c.want {
				t.Errorf("%s, want %s", text, c.want)
			}
		})
	}
	told := &broker{id: "a", records: record, answer: func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Mcr-Grounds", "reasons=(permission-to-view), permission=@"+day)
		return false
	}}
	const want = `"code":"permission-to-view"}],"text":"The patient gave you permission to view."},"diagnostics":"Until 2027-01-01T00:00:00Z."}`
	if body := post(newRegion(t, collect.Config{}, told), question(theNumber), nil).Body.String(); strings.Count(body, want) != 1 {
		t.Errorf("the answer as a Bundle does not tell it once: %s", body)
	}
	refused := &broker{id: "a", records: record, refuse: func(string, url.Values) string { return "permission-needed" }}
	if part := newRegion(t, collect.Config{}, refused).whole(t)["a"]; part.Grounds != nil {
		t.Errorf("why what is refused may be seen: %+v", part.Grounds)
	}
}

func seconds(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
