package legible_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/legible/legibletest"
)

// steering are signs that steer a terminal, turn a line round or hide: ECMA-48's C1
// controls as single runes, Trojan Source's (CVE-2021-42574), tags, line ends.
var steering = []string{
	"\u009b31m", "\u0085", "\u202e", "\u2066", "\u2028", "\u2029", "\u200b", "\u200f", "\u061c", "\ufeff", "\u00ad", "\u3164",
	"\U000e0041", "\x1b[2J", "\x1b]0;title\x07", "\r", "\n", "\t", "\x00", "\x7f", "\x9b31m", "\xff", "\u00a0", "\ufe0f",
}

func TestAttack163NothingThatSteersIsShownRaw(t *testing.T) {
	texts := append(legibletest.Naughty(), steering...)
	for _, text := range texts {
		got := legible.Line("before " + text + " after")
		if bad := harmful(got, ""); bad != "" {
			t.Errorf("%+q: %+q is shown raw", text, bad)
		}
		if !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") {
			t.Errorf("%+q: what stands around it is lost: %q", text, got)
		}
		if bad := harmful(legible.Lines(text), "\n\t"); bad != "" {
			t.Errorf("%+q: %+q is shown raw", text, bad)
		}
	}
	for text, want := range map[string]string{
		"plain":             "plain",
		"Zoë Müller, 心梗, é": "Zoë Müller, 心梗, é",
		"a\u009bb":          `a\u009bb`,
		"a\nb":              `a\u000ab`,
		"\U000e0041":        `\udb40\udc41`,
		"\xff":              `\ufffd`,
	} {
		if got := legible.Line(text); got != want {
			t.Errorf("%+q: got %+q, want %+q", text, got, want)
		}
	}
}

// A program that reads the output must read what was recorded.
func TestAttack163AJSONDocumentMeansTheSame(t *testing.T) {
	for _, text := range append(legibletest.Naughty(), steering...) {
		for _, indent := range []string{"", "\t"} {
			document, err := json.MarshalIndent(map[string]any{"text": text, text: 1}, "", indent)
			if err != nil {
				t.Fatal(err)
			}
			got := legible.Lines(string(document))
			var before, after any
			if err := errors.Join(json.Unmarshal(document, &before), json.Unmarshal([]byte(got), &after)); err != nil {
				t.Fatalf("%+q: %v", text, err)
			}
			one, _ := json.Marshal(before)
			two, _ := json.Marshal(after)
			if !bytes.Equal(one, two) {
				t.Errorf("%+q became %s", text, two)
			}
			if bad := harmful(got, "\n\t"); bad != "" {
				t.Errorf("%+q: %+q is shown raw", text, bad)
			}
		}
	}
}

func TestAttack163LogLines(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(legible.Log(slog.NewTextHandler(&out, nil)))
	for _, text := range append(legibletest.Naughty(), steering...) {
		out.Reset()
		log.With("with", text).WithGroup("group").Error("told "+text, "text", text, "error", errors.New(text),
			slog.Group("in", "text", text), "list", []string{text}, "number", 3)
		if bad := harmful(strings.TrimSuffix(out.String(), "\n"), ""); bad != "" {
			t.Errorf("%+q: %+q is in the log", text, bad)
		}
		if !strings.Contains(out.String(), "group.number=3") {
			t.Errorf("%+q: %s", text, out.String())
		}
	}
}

// harmful gives the first rune that must not reach a terminal. It is written without
// the package's own tables.
func harmful(text, kept string) string {
	for i, r := range text {
		switch {
		case strings.ContainsRune(kept, r):
		case r < ' ', r >= 0x7F && r < 0xA0, r == 0x2028, r == 0x2029,
			unicode.Is(unicode.Bidi_Control, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), r >= 0xE0000 && r <= 0xE0FFF,
			r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd"):
			return string(r)
		}
	}
	return ""
}
