package grounds_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dunglas/httpsfv"
	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/grounds"
)

var end = time.Date(2026, 12, 14, 14, 5, 0, 0, time.UTC)

// What is sent is read back; a library that reads the dictionaries of RFC 9651, which none
// of us wrote, reads it too.
func TestWhatIsSentIsRead(t *testing.T) {
	for name, g := range map[string]grounds.Grounds{
		"one reason":        {Reasons: []string{"own-record"}},
		"with an end":       {Reasons: []string{"emergency-access"}, Ends: map[string]time.Time{"emergency": end}},
		"several of either": {Reasons: []string{"permission-to-view", "test-order"}, Ends: map[string]time.Time{"permission": end, "order": end.Add(time.Hour), "opt_out": end}},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.Header{}
			g.Send(h)
			if diff := cmp.Diff(g, grounds.Read(h)); diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
			d, err := httpsfv.UnmarshalDictionary(h[grounds.Field])
			if err != nil {
				t.Fatalf("%q is no dictionary: %v", h[grounds.Field], err)
			}
			for kind, want := range g.Ends {
				member, _ := d.Get(kind)
				if item, ok := member.(httpsfv.Item); !ok || !item.Value.(time.Time).Equal(want) {
					t.Errorf("%s is %v, want %s", kind, member, want)
				}
			}
			member, _ := d.Get("reasons")
			list, _ := member.(httpsfv.InnerList)
			for i, want := range g.Reasons {
				if i >= len(list.Items) || list.Items[i].Value != httpsfv.Token(want) {
					t.Errorf("reason %d of %v is not %s", i, list.Items, want)
				}
			}
		})
	}
}

// A policy may name its reasons as it likes: what does not fit the field is left out of it.
func TestWhatDoesNotFitIsLeftOut(t *testing.T) {
	h := http.Header{}
	grounds.Grounds{Reasons: []string{"own record", "x\r\nSet-Cookie: a=b", ""}}.Send(h)
	if len(h) != 0 {
		t.Errorf("sent %v of reasons that fit no field", h)
	}
	grounds.Grounds{Reasons: []string{"a)", "own-record"}, Ends: map[string]time.Time{
		"permission": {}, "Order": end, "reasons": end, "emergency": time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC),
	}}.Send(h)
	if got := h.Get(grounds.Field); got != "reasons=(own-record)" {
		t.Errorf("sent %q", got)
	}
}

func TestWhatHasAnotherFormSaysNothing(t *testing.T) {
	for _, value := range []string{
		"", "own-record", "reasons=()", "reasons=(own-record )", "reasons=(own-record), permission=@-1", "reasons=(own-record), permission=@0",
		"reasons=(own-record),permission=@12", "reasons=(own-record), permission=12", "reasons=(own-record), b=@2, a=@1", "reasons=(own-record), a=@1, a=@1",
		"reasons=(own-record), permission=@999999999999", "reasons=(Own-Record)", "reasons=(own-record), reasons=@12", "reasons=(own-record), permission=@012",
	} {
		if got := grounds.Read(http.Header{grounds.Field: {value}}); got.Reasons != nil {
			t.Errorf("%q says %v", value, got)
		}
	}
	if got := grounds.Read(http.Header{grounds.Field: {"reasons=(a)", "reasons=(b)"}}); got.Reasons != nil {
		t.Errorf("two fields say %v", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("reasons=(permission-to-view test-order), permission=@1798761600, relationship=@1830297600")
	f.Add("reasons=(own-record)")
	f.Fuzz(func(t *testing.T, value string) {
		g := grounds.Read(http.Header{grounds.Field: {value}})
		if g.Reasons == nil {
			return
		}
		h := http.Header{}
		g.Send(h)
		if h.Get(grounds.Field) != value {
			t.Errorf("%q was read, and is sent as %q", value, h.Get(grounds.Field))
		}
	})
}

// A name is what the regular expressions say that it is.
func FuzzNames(f *testing.F) {
	for _, text := range []string{"", "a", "own-record", "opt_out", "9a", "-a", "aB", "a b", "é", strings.Repeat("a", 32), strings.Repeat("a", 33), strings.Repeat("a", 64), strings.Repeat("a", 65)} {
		f.Add(text)
	}
	code, kind := regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}\z`), regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}\z`)
	f.Fuzz(func(t *testing.T, text string) {
		h := http.Header{}
		grounds.Grounds{Reasons: []string{text}}.Send(h)
		if sent := len(h) > 0; sent != code.MatchString(text) {
			t.Errorf("the reason %q is sent: %v", text, sent)
		}
		h = http.Header{}
		grounds.Grounds{Reasons: []string{"a"}, Ends: map[string]time.Time{text: end}}.Send(h)
		if sent := strings.Contains(h.Get(grounds.Field), "=@"); sent != (kind.MatchString(text) && text != "reasons") {
			t.Errorf("the end %q is sent: %v", text, sent)
		}
	})
}
