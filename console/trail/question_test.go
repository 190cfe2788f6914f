package trail_test

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/console/trail"
)

// FuzzRead: whatever stands in an address, what is understood of it means the same
// when it is written into an address again, and holds no NHS number.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"from=2026-03-01&to=1/4/2026", "measure=views&without=rule,role", "user=9990000018", "older=%00", "x=1&x=2", "day=2026-13-01", "id=%ff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, address string) {
		form, err := url.ParseQuery(address)
		if err != nil {
			return
		}
		q, faults := trail.Read(form, now)
		if len(faults) > 0 {
			return
		}
		values := q.Values()
		for name, value := range values {
			if trail.WithoutNumbers(value[0]) != value[0] {
				t.Fatalf("%s has an NHS number: %q", name, value)
			}
		}
		again, faults := trail.Read(values, now)
		if diff := cmp.Diff(values, again.Values()); diff != "" || len(faults) > 0 {
			t.Fatalf("%v %s", faults, diff)
		}
	})
}

func TestFormsThatCannotBeUsed(t *testing.T) {
	for address, ok := range map[string]bool{
		"": true, "from=1 March 2026": true, "from=01/03/2026&to=2.3.2026": true, "measure=looks": true, "without=rule": true, "csrf=x": true, "source= ": true,
		"from=31/02/2026": false, "from=2026-03-02&to=2026-03-01": false, "from=2999-01-01": false, "from=2026-03-06": false,
		"measure=all": false, "without=shoe-size": false, "format=xls": false, "sauce=x": false, "user=a&user=b": false, "day=today": false,
		"user=a%00b": false, "user=a%0ab": false, "user=%ff": false, "patient=9990000018": false,
	} {
		form, err := url.ParseQuery(address)
		if err != nil {
			t.Fatal(err)
		}
		if _, faults := trail.Read(form, now); (len(faults) == 0) != ok {
			t.Errorf("%q: %v", address, faults)
		}
	}
}
