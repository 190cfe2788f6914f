package legible_test

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/legible/legibletest"
)

// A cell never begins with what a spreadsheet would take for a formula, whatever
// separates cells where the file is opened.
func TestCellsAreNoFormulas(t *testing.T) {
	for text, want := range map[string]string{
		"plain": "plain", "": "", "a-b=c": "a-b=c", "01a2-78": "01a2-78", "O'Brien": "O'Brien",
		"=1+1": "'=1+1", "+44": "'+44", "-2": "'-2", "@SUM(A1)": "'@SUM(A1)", " =1": " '=1", "\t=1": " '=1", "\n=1": " '=1", "\r\n=1": "  '=1",
		"＝1": "'＝1", "\u200b=1": `\u200b=1`, "\ufeff=1": `\ufeff=1`, "x;=1": "x;'=1", "x, =1": "x, '=1", "x|=1": "x|'=1", `x"=1`: `x"'=1`, "x\t=1": "x =1",
		"a\x00b": `a\u0000b`, "\u202eabc": `\u202eabc`, "two\r\n lines": "two   lines", `=cmd|' /C calc'!A0`: `'=cmd|' /C calc'!A0`,
	} {
		if got := legible.Cell(text); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

var dangerous = regexp.MustCompile(`^\s*[=+\-@＝＋－＠]`)

// FuzzCell: a file reads back as CSV, each cell in its place, none a formula; also
// for a program that takes semicolons, tabs or bars for separators.
func FuzzCell(f *testing.F) {
	for _, s := range []string{"=1", `";=1`, "a\r\n=b", `""`, ";\"=x", "\xff=", "'", "，=1"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		body := bytes.TrimPrefix(legible.Table([]string{a, "x"}, [][]string{{"y", b}}), []byte("\ufeff"))
		if !utf8.Valid(body) {
			t.Fatalf("%q is not UTF-8", body)
		}
		rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[0]) != 2 || len(rows[1]) != 2 || rows[0][1] != "x" || rows[1][0] != "y" {
			t.Fatalf("%q reads as %q, %v", body, rows, err)
		}
		for _, cell := range []string{rows[0][0], rows[1][1]} {
			for _, part := range regexp.MustCompile(`[;\t|\n\r,]`).Split(cell, -1) {
				if dangerous.MatchString(part) || dangerous.MatchString(strings.Trim(part, `"`)) {
					t.Fatalf("%q has %q", cell, part)
				}
			}
		}
	})
}

// The published list, and the signs of OWASP's page on CSV injection at the beginning of
// a cell, in its middle and after blanks: however a spreadsheet reads the file, no cell of
// it begins as a formula does.
func TestAttack163NoCellIsAFormula(t *testing.T) {
	texts := legibletest.Naughty()
	for _, sign := range []string{"=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠", "\u200b=", "\u00a0=", "\ufeff=", "\x00="} {
		texts = append(texts, sign+"cmd|' /C calc'!A0", "a,"+sign+"cmd", "a;"+sign+"cmd", "a\t"+sign+"cmd", "a\n"+sign+"cmd", `a"`+sign+"cmd", "  "+sign+"cmd")
	}
	for _, text := range texts {
		file := string(legible.Table([]string{"a", "b"}, [][]string{{text, "x"}}))
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[1]) != 2 {
			t.Fatalf("%+q: %v %v", text, err, rows)
		}
		// As the file's own reader has it, and as one has it that divides at other signs.
		for _, cell := range strings.FieldsFunc(rows[1][0], func(r rune) bool { return strings.ContainsRune(",;\t\r\n|", r) }) {
			cell = strings.TrimLeftFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || r == '"' })
			if cell != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(cell)[0]) {
				t.Errorf("%+q: the cell %+q begins as a formula", text, cell)
			}
		}
		for _, r := range rows[1][0] {
			if r != utf8.RuneError && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)) {
				t.Errorf("%+q: %U is in the file", text, r)
			}
		}
	}
}
