package nhs_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/nhs"
)

func TestParseNumber(t *testing.T) {
	for _, c := range []struct {
		name, text string
		ok         bool
	}{
		{"right check digit", "9434765919", true},
		{"right check digit of the test range", "9990000018", true},
		{"check digit of zero for a remainder of zero", "9434765900", true},
		{"wrong check digit", "9434765918", false},
		{"check digit would be ten", "9990000000", false},
		{"two digits exchanged", "9343765919", false},
		{"empty", "", false},
		{"nine digits", "943476591", false},
		{"eleven digits", "94347659190", false},
		{"spaces as printed", "943 476 5919", false},
		{"dashes", "943-476-5919", false},
		{"space before", " 943476591", false},
		{"newline after", "9434765919\n", false},
		{"letter", "943476591X", false},
		{"zero byte", "943476591\x00", false},
		{"full-width digits", "９４３４７６５９１９", false},
		{"Arabic-Indic digits", "٩٤٣٤٧", false},
		{"ten bytes that are no digits", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, err := nhs.ParseNumber(c.text)
			if got := err == nil; got != c.ok {
				t.Fatalf("err %v", err)
			}
			if err != nil {
				if !errors.Is(err, nhs.ErrNumber) || !n.IsZero() {
					t.Errorf("err %v, number %v", err, n)
				}
				if len(c.text) > 3 && strings.Contains(err.Error(), c.text) {
					t.Error("the error carries the text")
				}
				return
			}
			if n.Digits() != c.text || n.IsZero() {
				t.Errorf("digits %q", n.Digits())
			}
		})
	}
}

// Ten equal digits always have a right check digit: 54 times a digit, and the digit.
func TestTenEqualDigitsAreNoNumber(t *testing.T) {
	for digit := range 10 {
		text := strings.Repeat(string(rune('0'+digit)), 10)
		if n, err := nhs.ParseNumber(text); !errors.Is(err, nhs.ErrNumber) || !n.IsZero() {
			t.Errorf("%s is taken for a number", text)
		}
	}
}

// TestNumberShowsItselfMasked holds every ordinary way of showing a value.
func TestNumberShowsItselfMasked(t *testing.T) {
	n, err := nhs.ParseNumber("9434765919")
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(map[string]any{"number": n, "pointer": &n})
	if err != nil {
		t.Fatal(err)
	}
	asKey, err := json.Marshal(map[nhs.Number]int{n: 1})
	if err != nil {
		t.Fatal(err)
	}
	var log, logText bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "n", n, "p", &n)
	slog.New(slog.NewTextHandler(&logText, nil)).Info("m", "n", n, "g", slog.GroupValue(slog.Any("n", n)))
	type holder struct{ Number nhs.Number }
	for way, shown := range map[string]string{
		"%v": fmt.Sprintf("%v", n), "%s": fmt.Sprintf("%s", n), "%q": fmt.Sprintf("%q", n),
		"%+v of a struct": fmt.Sprintf("%+v", holder{n}), "pointer": fmt.Sprint(&n),
		"%#v": fmt.Sprintf("%#v", n), "%d": fmt.Sprintf("%d", n), "%x": fmt.Sprintf("%x", n),
		"%#v of a struct": fmt.Sprintf("%#v", holder{n}), "slice": fmt.Sprintf("%d", []nhs.Number{n}),
		"error": fmt.Errorf("refusing %w: %v", nhs.ErrNumber, n).Error(),
		"JSON":  string(asJSON), "JSON key": string(asKey), "slog JSON": log.String(), "slog text": logText.String(),
	} {
		if strings.Contains(shown, "47659") {
			t.Errorf("%s shows %s", way, shown)
		}
		if !strings.Contains(shown, "943*****19") {
			t.Errorf("%s shows no masked number: %s", way, shown)
		}
	}
	if got := (nhs.Number{}).String(); got != "none" {
		t.Errorf("no number shows as %q", got)
	}
}

// FuzzParseNumber compares the check digit with the one of the NHS Data
// Dictionary, computed in another way.
func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"9434765919", "9990000018", "943 476 5919", "0000000000", "９４３４７６５９１９", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := nhs.ParseNumber(s)
		if got, want := err == nil, rightNumber(s); got != want {
			t.Fatalf("accepted %v, want %v", got, want)
		}
		if err == nil && n.Digits() != s {
			t.Fatal("other digits")
		}
		if err != nil && !n.IsZero() {
			t.Fatal("a number beside an error")
		}
	})
}

// rightNumber: with the weights 10 to 1 the digits of a right number come to a
// multiple of 11. A check digit of 10 is then not a digit at all.
func rightNumber(s string) bool {
	if len(s) != 10 || strings.Trim(s, "0123456789") != "" {
		return false
	}
	sum := 0
	for i, c := range []byte(s) {
		sum += int(c-'0') * (10 - i)
	}
	return sum%11 == 0 && s != strings.Repeat(s[:1], 10)
}

func BenchmarkParseNumber(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := nhs.ParseNumber("9434765919"); err != nil {
			b.Fatal(err)
		}
	}
}
