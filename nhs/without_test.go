package nhs_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/nhs"
)

func TestWithoutNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "",
		"Mozilla/5.0 (X11; Linux) Chrome/131": "Mozilla/5.0 (X11; Linux) Chrome/131",
		"9990000018":                          "nhs-number",
		"x9990000018y":                        "xnhs-numbery",
		"999 000 0018, 999-000-0018":          "nhs-number, nhs-number",
		"999\u00a0000\u00a00018":              "nhs-number",
		"999\u200b000\u200b0018":              "nhs-number",
		"9 9 9 0 0 0 0 0 1 8":                 "nhs-number",
		"9.9.9.0.0.0.0.0.1.8":                 "nhs-number",
		"999 - 000 - 0018":                    "nhs-number",
		"999-000 0018":                        "nhs-number",
		"999.000  0018":                       "nhs-number",
		"999(000)0018":                        "nhs-number",
		"9990 - 000018":                       "nhs-number",
		"9990 -- 000018":                      "9990 -- 000018", // four between
		"99/90/0000 18":                       "99/90/0000 18",  // a date and a time may be written so
		"9990, 000018":                        "nhs-number",
		"٩٩٩٠٠٠٠٠١٨":                          "nhs-number",
		"９９９００００018":                          "nhs-number",
		"𝟡𝟡𝟡𝟘𝟘𝟘𝟘𝟘𝟙𝟠":            "nhs-number",
		"⁹⁹⁹⁰⁰⁰⁰⁰¹⁸":            "nhs-number",
		"⑨⑨⑨⓪⓪⓪⓪⓪①⑧":            "nhs-number",
		"99900000180":           "99900000180",
		"09990000018":           "09990000018",
		"9990000019":            "9990000019",
		"120/80 9990000018":     "120/80 nhs-number",
		"1 9990000018":          "1 nhs-number",
		"9990000018 9990000026": "nhs-number nhs-number",
		"0163 296 0001":         "0163 296 0001",
		"ü9990000018":           "ünhs-number",
	} {
		if got := nhs.WithoutNumbers(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzWithoutNumbers(f *testing.F) {
	f.Add("before", " ", "after")
	f.Add("1", "-", "2 ")
	f.Add("\xff", "\u200b", "٣")
	f.Fuzz(func(t *testing.T, before, joint, after string) {
		if len(before)+len(joint)+len(after) > 1000 {
			t.Skip()
		}
		got := nhs.WithoutNumbers(before + "/ /999" + joint + "000" + joint + "0018/ /" + after)
		if again := nhs.WithoutNumbers(got); again != got {
			t.Errorf("%q holds a number still: %q", got, again)
		}
		if (joint == "" || joint == " " || joint == "-") && !strings.Contains(got, nhs.Hidden) {
			t.Errorf("nothing taken out of %q", got)
		}
	})
}

func BenchmarkWithoutNumbers(b *testing.B) {
	const agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
	b.ReportAllocs()
	for b.Loop() {
		if nhs.WithoutNumbers(agent) != agent {
			b.Fatal("changed")
		}
	}
}
