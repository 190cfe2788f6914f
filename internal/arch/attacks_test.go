package arch_test

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const attackList = "docs/attacks.md"

// "attack 45" in a comment tells a reader nothing unless the number stands somewhere.
func TestEveryAttackThatIsMentionedIsListed(t *testing.T) {
	listed := attacks(t)
	mentioned := 0
	for file, text := range texts(t) {
		if file == attackList || strings.HasPrefix(file, "internal/arch/") {
			continue
		}
		for _, n := range attackNumbers(file + "\n" + text) {
			mentioned++
			if _, ok := listed[n]; !ok {
				t.Errorf("%s speaks of attack %d, which %s does not list: correct the number, or add the attack there "+
					"(number, request, right answer, tests)", file, n, attackList)
			}
		}
	}
	if mentioned < 200 {
		t.Errorf("only %d mentions of attacks were found: the test looks in the wrong place", mentioned)
	}
}

// A list that names tests which are not there claims what nobody holds.
func TestEveryTestThatTheListOfAttacksNamesIsThere(t *testing.T) {
	there := testsAndStories(t)
	for n, entry := range attacks(t) {
		_, tests, tested := strings.Cut(entry, "\n  Tests")
		names := quoted.FindAllStringSubmatch(tests, -1)
		switch none := strings.Contains(entry, "\n  No test yet."); {
		case tested == none || tested && len(names) == 0:
			t.Errorf("%s, attack %d: end it with a line \"  Tests: `TestName`, `story`.\", or \"  No test yet.\"", attackList, n)
		case none:
			if slices.ContainsFunc(there, func(name string) bool { return slices.Contains(attackNumbers(name), n) }) {
				t.Errorf("%s, attack %d: there is a test of this number now: name it in place of \"No test yet.\"", attackList, n)
			}
		}
		for _, name := range names {
			if !slices.Contains(there, name[1]) {
				t.Errorf("%s, attack %d names %s, which is no test and no story (any more): name what tests it now", attackList, n, name[1])
			}
		}
	}
}

// A case of the suite bears the number of the list.
func TestEveryCaseOfTheSuiteIsListed(t *testing.T) {
	listed := attacks(t)
	cases := 0
	for file, text := range texts(t) {
		if !strings.HasPrefix(file, "attack/cases/") {
			continue
		}
		for _, found := range suiteCase.FindAllStringSubmatch(text, -1) {
			cases++
			if n, _ := strconv.Atoi(found[2]); listed[n] == "" {
				t.Errorf("%s: %s: %s lists no attack %d", file, found[1], attackList, n)
			}
		}
	}
	if cases < 100 {
		t.Errorf("only %d cases were found: the test looks in the wrong place", cases)
	}
}

func TestAttackNumbersAreReadWhereverTheyStand(t *testing.T) {
	for text, want := range map[string][]int{
		"(attack 45)":                              {45},
		"attacks 68, 126":                          {68, 126},
		"Attacks 13 and 14 are the broker's":       {13, 14},
		"(attacks 24, 69 to 77, 142)":              {24, 69, 77, 142},
		"attacks 26, 27 and 30: nothing":           {26, 27, 30},
		"// is the list of attacks\n\t// 17 to 24": {17, 24},
		"attack-117-two-records-of-one-person":     {117},
		"func TestAttack002PublicKey(":             {2},
		"TestAttack075To077And142Bundles":          {75, 77, 142},
		"TestAttack047And048And049Includes":        {47, 48, 49},
		"    attacks: [110, 125]":                  {110, 125},
		"an attack of 5 minutes; 2 attacks":        nil,
		"internal/servers/attacks_test.go":         nil,
	} {
		if got := attackNumbers(text); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

var (
	attackEntry = regexp.MustCompile(`(?m)^- \*\*(\d+)\*\* .*(?:\n  .*)*`)
	quoted      = regexp.MustCompile("`([^`]+)`")
	testFunc    = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	suiteCase   = regexp.MustCompile(`(?m)^  - id: ((\d{3})-\S+)`)
	digits      = regexp.MustCompile(`\d+`)

	// inWords finds "attack 45", "attacks 68, 126", "attacks 17 to 24", "attack-117",
	// "attacks: [110, 125]"; inName TestAttack045 and TestAttack069To073And142.
	inWords = regexp.MustCompile(`(?i)\battacks?(?:[ -]|: \[)(\d+(?:(?:, and |, | and | to )\d+)*)\b`)
	inName  = regexp.MustCompile(`\bTestAttack(\d{3}(?:(?:And|To)\d{3})*)`)

	// lineEnd is where a line of a comment ends and the next begins.
	lineEnd = regexp.MustCompile(`[ \t\r]*\n[ \t]*(?://|#)?[ \t]*`)
)

// attackNumbers gives the numbers of attacks that a text speaks of. Of a range,
// "17 to 24", these are its two ends: what lies between may be missing in the list.
func attackNumbers(text string) []int {
	text = lineEnd.ReplaceAllString(text, " ")
	var all []int
	for _, form := range []*regexp.Regexp{inWords, inName} {
		for _, found := range form.FindAllStringSubmatch(text, -1) {
			for _, number := range digits.FindAllString(found[1], -1) {
				n, _ := strconv.Atoi(number)
				all = append(all, n)
			}
		}
	}
	return all
}

// attacks are the entries of the list, by number.
func attacks(t *testing.T) map[int]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", attackList))
	if err != nil {
		t.Fatal(err)
	}
	all := map[int]string{}
	for _, found := range attackEntry.FindAllStringSubmatch(string(text), -1) {
		n, _ := strconv.Atoi(found[1])
		if all[n] != "" {
			t.Errorf("%s lists attack %d twice: give one of the two another number", attackList, n)
		}
		all[n] = found[0]
	}
	if len(all) < 80 {
		t.Fatalf("%s: only %d attacks are understood; an entry begins \"- **45** \"", attackList, len(all))
	}
	return all
}

// testsAndStories are the names of every Go test, of every story and of every case of
// the attack suite.
func testsAndStories(t *testing.T) []string {
	t.Helper()
	all := map[string]bool{}
	for file, text := range texts(t) {
		switch {
		case strings.HasPrefix(file, "internal/scenario/testdata/"):
			all[strings.TrimSuffix(path.Base(file), ".txtar")] = true
		case strings.HasPrefix(file, "attack/cases/"):
			for _, found := range suiteCase.FindAllStringSubmatch(text, -1) {
				all[found[1]] = true
			}
		case strings.HasSuffix(file, "_test.go"):
			for _, found := range testFunc.FindAllStringSubmatch(text, -1) {
				all[found[1]] = true
			}
		}
	}
	return slices.Collect(maps.Keys(all))
}

// texts reads every text file of the module, test data too.
func texts(t *testing.T) map[string]string {
	t.Helper()
	const root = "../.."
	all := map[string]string{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, file)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if rel != "." && strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"bin", "data"}, rel) || d.Name() == "node_modules" || d.Name() == "dist" {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(file)
		if err == nil && len(text) < 1<<20 && bytes.IndexByte(text, 0) < 0 {
			all[rel] = string(text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
