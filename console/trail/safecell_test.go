package trail_test

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mycarerecord/mcr/console/trail"
)

// A cell never begins with what a spreadsheet would take for a formula, whatever
// separates cells where the file is opened.
func TestCellsAreNoFormulas(t *testing.T) {
	for text, want := range map[string]string{
		"plain": "plain", "": "", "a-b=c": "a-b=c", "01a2-78": "01a2-78", "O'Brien": "O'Brien",
		"=1+1": "'=1+1", "+44": "'+44", "-2": "'-2", "@SUM(A1)": "'@SUM(A1)", " =1": " '=1", "\t=1": " '=1", "\n=1": " '=1", "\r\n=1": "  '=1",
		"＝1": "'＝1", "\u200b=1": "'=1", "\ufeff=1": "'=1", "x;=1": "x;'=1", "x, =1": "x, '=1", "x|=1": "x|'=1", `x"=1`: `x"'=1`, "x\t=1": "x =1",
		"a\x00b": "ab", "\u202eabc": "abc", `=cmd|' /C calc'!A0`: `'=cmd|' /C calc'!A0`,
	} {
		got := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(trail.Cell(text), `"`), `"`), `""`, `"`)
		if got != want {
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
		body := bytes.TrimPrefix(trail.Table([]string{a, "x"}, [][]string{{"y", b}}), []byte("\ufeff"))
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
