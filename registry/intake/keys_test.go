package intake

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// Whether they fit in memory or not, the same resources are found twice.
func TestWhatIsTwiceIsFoundInAnyNumberOfRuns(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var lines []*line
	last := map[string]int{}
	var want []string
	for i := range 1000 {
		key := fmt.Sprint("Patient/", random.IntN(700))
		kind := kinds[i%len(kinds)]
		lines = append(lines, &line{number: i + 1, res: &resource{key: key, kind: kind}})
		if before := last[key]; before != 0 {
			want = append(want, fmt.Sprint(i+1, kind, before))
		}
		last[key] = i + 1
	}
	slices.Sort(want)
	for _, most := range []int{1, 7, 100, 1000, 2000} {
		folder := t.TempDir()
		k := newKeys(folder)
		k.most = most
		for _, l := range lines {
			if err := k.add(l); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		err := k.twice(func(line int, kind string, first int) { got = append(got, fmt.Sprint(line, kind, first)) })
		k.close()
		if slices.Sort(got); err != nil || !slices.Equal(got, want) {
			t.Errorf("in runs of %d: %v, %d found, want %d", most, err, len(got), len(want))
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("in runs of %d: there is %v, %v", most, left, err)
		}
	}
}

// Every type that is read has its index among the kinds.
func TestEveryTypeIsAKind(t *testing.T) {
	if len(kinds) != len(readers) || len(kinds) > 8 {
		t.Errorf("%d kinds, %d readers", len(kinds), len(readers))
	}
	for kind := range readers {
		if !slices.Contains(kinds, kind) {
			t.Errorf("%s is none", kind)
		}
	}
}
