package release

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// CanaryFile is the name of the release that brokers try on some of their requests.
const CanaryFile = "canary.mcr"

// Canary says which requests a release is tried on, beside the one in force: those of some persons, at some
// sources. It stands in the statement, so that people approve it with the rules.
type Canary struct {
	// Sources are the ids of sources; none: all of them.
	Sources []string `json:"sources,omitempty"`
	// Percent is how many of a hundred persons it decides for, always the same ones.
	Percent int `json:"percent"`
	// MostWorse is of how many of a hundred requests that the rules in force permit it may make another
	// answer, a refusal or a wait, before it is taken back by itself. 0 takes it back at the first.
	MostWorse int `json:"most_worse_percent"`
}

func (c *Canary) check() error {
	var faults []error
	if c.Percent < 1 || c.Percent > 100 {
		faults = append(faults, errors.New("canary: percent must be 1 to 100: of how many of a hundred persons"))
	}
	if c.MostWorse < 0 || c.MostWorse > 100 {
		faults = append(faults, errors.New("canary: most_worse_percent must be 0 to 100"))
	}
	for i, id := range c.Sources {
		if id == "" || strings.ContainsFunc(id, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
			faults = append(faults, fmt.Errorf("canary: %q is no source's id", id))
		}
		if slices.Contains(c.Sources[:i], id) {
			faults = append(faults, fmt.Errorf("canary: the source %s stands there twice", id))
		}
	}
	return errors.Join(faults...)
}

// Takes reports whether the release with this serial decides what a person asks of a source. Whom it
// takes depends on serial and person alone, so that a person is decided for alike at all brokers.
func (c *Canary) Takes(serial uint64, source, user string) bool {
	if len(c.Sources) > 0 && !slices.Contains(c.Sources, source) {
		return false
	}
	if c.Percent >= 100 {
		return true
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s", serial, user)
	// The sum's low bits are uneven for texts that differ in their last letter alone.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return x%100 < uint64(c.Percent)
}

// String says it in words.
func (c *Canary) String() string {
	at := "all sources"
	if len(c.Sources) > 0 {
		at = strings.Join(c.Sources, ", ")
	}
	return fmt.Sprintf("%d %% of persons at %s; taken back when more than %d %% come out worse", c.Percent, at, c.MostWorse)
}
