package legible

import (
	"regexp"
	"strings"
	"unicode"
)

// formula finds a sign that could begin a formula, at the beginning of a cell or
// of what another program takes for one. The wide forms count as the narrow ones.
var formula = regexp.MustCompile(`(^|[,;|"'])(\s*)([=+\-@%＝＋－＠])`)

// Cell gives a text as it may stand in one cell of a spreadsheet, or where a spreadsheet
// may be given it: as Line, with blanks for line ends and tabs, and with an apostrophe
// before each sign that would begin a formula (OWASP, "CSV Injection"; CWE-1236): what a
// client once sent as its name would else run on the auditor's machine. A program that
// divides a line otherwise than at commas sees the beginning of a cell in the middle of
// ours, so such signs are made harmless behind ; | " and ' too.
func Cell(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsSpace(r) {
			return r
		}
		return ' '
	}, text)
	return formula.ReplaceAllString(Line(text), "$1$2'$3")
}

// Table gives rows as a CSV file (RFC 4180) that spreadsheets read as UTF-8, each field
// in quotes and as Cell has it. A row that is shorter than the head, such as a note at the end,
// is filled up: each line of such a file has as many fields as the others.
func Table(head []string, rows [][]string) []byte {
	var b strings.Builder
	b.WriteString("\ufeff")
	for _, row := range append([][]string{head}, rows...) {
		for i := range max(len(row), len(head)) {
			text := ""
			if i > 0 {
				b.WriteByte(',')
			}
			if i < len(row) {
				text = row[i]
			}
			b.WriteString(`"` + strings.ReplaceAll(Cell(text), `"`, `""`) + `"`)
		}
		b.WriteString("\r\n")
	}
	return []byte(b.String())
}
