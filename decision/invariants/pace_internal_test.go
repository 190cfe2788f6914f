package invariants

import (
	"errors"
	"testing"
)

// Rules that compare too much end the going through, and nothing else of this process: the
// broker may be in it.
func TestTooManyStatesAreAnErrorAndNoCrash(t *testing.T) {
	for _, pace := range []Pace{Fast, Beside} {
		var errs []error
		each(pace, []int{3, 5}, func(most int) error {
			s := newSets([]int{2, 2, 2}, most)
			for f := range 3 {
				s.where(f, func(v int) bool { return v == 0 })
			}
			return nil
		}, func(most int, err error) {
			if most == 3 {
				errs = append(errs, err)
			} else if err != nil {
				t.Errorf("there was room: %v", err)
			}
		})
		if len(errs) != 1 || !errors.Is(errs[0], errTooMany) {
			t.Errorf("%d: %v", pace, errs)
		}
	}
	if err := guarded(func() error { panic("a slip") }); err == nil || err.Error() != "going through all states: fault: a slip" {
		t.Error(err)
	}
}
