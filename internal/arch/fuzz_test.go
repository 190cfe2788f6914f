package arch_test

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	fuzzed = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(f \*testing\.F\)`)
	seeded = regexp.MustCompile(`\bf\.Add\(`)
)

// What led a fuzzer further is kept beside its target, so that every run of the tests tries it and
// the next fuzzing begins there (internal/arch/fuzz says where it is found). It is kept small, to be
// read; and it is taken out, or moved, with its target: a corpus of no target is tried by nobody.
func TestFuzzCorporaBelongToTargetsAndAreSmall(t *testing.T) {
	const most, each = 32, 4 << 10 // inputs of a target, bytes
	all := texts(t)
	seeds := map[string]bool{} // by folder and target: whether the code has some
	for file, text := range all {
		if strings.HasSuffix(file, "_test.go") {
			for _, target := range fuzzed.FindAllStringSubmatch(text, -1) {
				seeds[path.Join(path.Dir(file), "testdata/fuzz", target[1])] = seeded.MatchString(text)
			}
		}
	}
	kept := map[string]int{}
	for file, text := range all {
		if strings.Contains(file, "/testdata/fuzz/") {
			kept[path.Dir(file)]++
			if len(text) > each {
				t.Errorf("%s has %d bytes, want at most %d: a smaller input tells more", file, len(text), each)
			}
		}
	}
	for corpus, n := range kept {
		if _, ok := seeds[corpus]; !ok {
			t.Errorf("%s is the corpus of no target: move it to where the target is now, or take it out", corpus)
		}
		if n > most {
			t.Errorf("%s has %d inputs, want at most %d: keep those that reach what no other does", corpus, n, most)
		}
	}
	for corpus, inCode := range seeds {
		if !inCode && kept[corpus] == 0 {
			t.Errorf("%s: nothing to begin from: give the target seeds with f.Add, or keep what led it further", corpus)
		}
	}
	if len(seeds) < 50 {
		t.Errorf("only %d fuzz targets were found: the test looks in the wrong place", len(seeds))
	}
}
