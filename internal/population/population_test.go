package population_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/population"
	"github.com/mycarerecord/mcr/nhs"
)

func region(t testing.TB, patients int) population.Region {
	t.Helper()
	r, err := population.New(patients)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func write(t testing.TB, r population.Region, out io.Writer, f population.Feed) population.Told {
	t.Helper()
	told, err := r.Write(out, f)
	if err != nil {
		t.Fatal(err)
	}
	return told
}

// every feed of a region, one after the other, and then the last one whole.
func every() (feeds []population.Feed) {
	for g := range population.Generations {
		feeds = append(feeds, population.Feed{Generation: g})
	}
	return append(feeds, population.Feed{Generation: population.Generations - 1, Whole: true})
}

// What was measured on one machine is measured again on another.
func TestARegionIsTheSameBytesOnAnyDay(t *testing.T) {
	hash := sha256.New()
	for _, f := range every() {
		write(t, region(t, 1000), hash, f)
	}
	const want = "e8b92a8a26b99436"
	if got := fmt.Sprintf("%x", hash.Sum(nil)[:8]); got != want {
		t.Errorf("its hash is %s, was %s: figures that were measured before are of another region", got, want)
	}
}

func TestNumbersAreValidAndEachIsOnePersons(t *testing.T) {
	const lowest, highest = 9_900_000_000, 9_999_999_999
	seen := make([]uint64, (highest-lowest)/64+1)
	for i, n := range population.Numbers(1_000_000) {
		if n < lowest || n > highest {
			t.Fatal(n)
		}
		if place := n - lowest; seen[place/64]>>(place%64)&1 == 1 {
			t.Fatalf("%d is there twice", n)
		} else {
			seen[place/64] |= 1 << (place % 64)
		}
		if i%100 == 0 {
			if _, err := nhs.ParseNumber(strconv.FormatUint(n, 10)); err != nil {
				t.Fatalf("%d: %v", n, err)
			}
		}
	}
}

func TestASmallRegionKeepsToTheRangeSetAsideForTests(t *testing.T) {
	r := region(t, 780_000)
	for i := range 1000 {
		if digits := r.Patient(i * 780).Number.Digits(); !strings.HasPrefix(digits, "999") {
			t.Fatal(digits)
		}
	}
}

func TestThereIsAsMuchAsWasSaid(t *testing.T) {
	const patients = 20_000
	r := region(t, patients)
	relationships, versions := map[string]int{}, 0
	for g := range population.Generations {
		var feed bytes.Buffer
		versions += write(t, r, &feed, population.Feed{Generation: g}).Consents
	}
	var feed bytes.Buffer
	told := write(t, r, &feed, population.Feed{Generation: population.Generations - 1, Whole: true})
	superseded := map[string]string{}
	for i := range patients {
		if p := r.Patient(i); !p.Superseded.IsZero() {
			superseded[p.Superseded.Digits()] = p.Number.Digits()
		}
	}
	old := 0
	for line := range bytes.Lines(feed.Bytes()) {
		if bytes.Contains(line, []byte(`"Patient"`)) || bytes.Contains(line, []byte(`"Consent"`)) {
			continue
		}
		_, number, _ := bytes.Cut(line, []byte(`nhs-number","value":"`))
		current, was := superseded[string(number[:10])]
		if was {
			old++
			relationships[current]++
		} else {
			relationships[string(number[:10])]++
		}
	}
	counts := make([]int, 0, patients)
	for _, n := range relationships {
		counts = append(counts, n)
	}
	slices.Sort(counts)
	within := func(what string, got, want, tolerance float64) {
		if got < want-tolerance || got > want+tolerance {
			t.Errorf("%s: %.2f, should be %.2f", what, got, want)
		}
	}
	within("patients", float64(told.Patients), patients, 0)
	within("relationships of a patient", float64(told.Relationships)/patients, 10, .2)
	within("versions of opt-outs and permissions", float64(versions)/patients, 2, .05)
	within("the median of relationships", float64(counts[len(counts)/2-(patients-len(counts))/2]), 4, 1)
	within("the most relationships", float64(counts[len(counts)-1]), 480, 20)
	within("superseded numbers", float64(len(superseded)), patients/50, 1)
	if old == 0 {
		t.Error("nothing stands under a superseded number")
	}
}

func TestTheLargestRegionHasNumbersForAll(t *testing.T) {
	r := region(t, population.Most)
	for i := range 10_000 {
		r.Patient(i * (population.Most / 10_000)) // package nhs takes them, or it panics
	}
	r.Patient(population.Most - 1)
}

func TestARegionThatCannotBeIsRefused(t *testing.T) {
	for _, patients := range []int{-1, 0, population.Most + 1} {
		if _, err := population.New(patients); err == nil {
			t.Error(patients)
		}
	}
	if _, err := region(t, 1).Write(io.Discard, population.Feed{Generation: population.Generations}); err == nil {
		t.Error("a feed that there is not")
	}
}

var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWhatCannotBeWrittenIsSaid(t *testing.T) {
	if _, err := region(t, 1000).Write(full{}, population.Feed{}); !errors.Is(err, errFull) {
		t.Error(err)
	}
}

func BenchmarkWrite(b *testing.B) {
	r := region(b, 20_000)
	lines := 0
	b.ReportAllocs()
	for b.Loop() {
		lines += write(b, r, io.Discard, population.Feed{}).Lines()
	}
	b.ReportMetric(float64(lines)/b.Elapsed().Seconds(), "lines/s")
}
