package trail

import (
	"regexp"
	"strings"
	"unicode"
)

// A CSV file is opened in spreadsheets, and a spreadsheet takes a cell that begins
// with = + - @ for a formula: what a client once sent as its name would then run
// on the auditor's machine (CWE-1236). A program that splits lines otherwise than
// we do (at semicolons, as continental ones, or at tabs) may see the beginning of
// a cell in the middle of ours, so such signs are made harmless there too.

// formula finds a sign that could begin a formula, at the beginning of a cell or
// of what another program takes for one. The wide forms count as the narrow ones.
var formula = regexp.MustCompile(`(^|[,;|"'])(\s*)([=+\-@%＝＋－＠])`)

// cell gives text as one field of a CSV file (RFC 4180), always in quotes.
// An apostrophe stands before what would be a formula.
func cell(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return r
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsGraphic(r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, text)
	text = formula.ReplaceAllString(text, "$1$2'$3")
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

// table writes rows as a CSV file that spreadsheets read as UTF-8.
func table(head []string, rows [][]string) []byte {
	var b strings.Builder
	b.WriteString("\ufeff")
	for _, row := range append([][]string{head}, rows...) {
		for i, text := range row {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(cell(text))
		}
		b.WriteString("\r\n")
	}
	return []byte(b.String())
}
