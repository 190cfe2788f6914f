package check_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/upstreams/check"
)

func TestLines(t *testing.T) {
	const resource = `{"resourceType":"Condition"}`
	for name, c := range map[string]struct {
		text string
		want []check.Entry
	}{
		"a resource":                {resource + "\n", []check.Entry{{Resource: []byte(resource), Place: "line 1"}}},
		"no end of the last line":   {"\n\r\n" + resource, []check.Entry{{Resource: []byte(resource), Place: "line 3"}}},
		"within resource":           {`{"from":"x","resource":` + resource + `}`, []check.Entry{{Resource: []byte(resource), Place: "line 1"}}},
		"a type of its own counts":  {`{"resourceType":"Task","resource":{}}`, []check.Entry{{Resource: []byte(`{"resourceType":"Task","resource":{}}`), Place: "line 1"}}},
		"another case is no member": {`{"Resource":{}}`, []check.Entry{{Resource: []byte(`{"Resource":{}}`), Place: "line 1"}}},
		"not JSON":                  {"{\r\n", []check.Entry{{Resource: []byte("{"), Place: "line 1"}}},
		"nothing":                   {"\n \n", nil},
	} {
		var got []check.Entry
		for e, err := range lines(c.text) {
			if err != nil {
				t.Fatal(err)
			}
			e.Resource = bytes.Clone(e.Resource)
			got = append(got, e)
		}
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(c.want)
		if !bytes.Equal(a, b) {
			t.Errorf("%s: %s, want %s", name, a, b)
		}
	}
}

func TestALineThatIsTooLongIsCountedAndTheNextIsRead(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 32 MiB")
	}
	open := func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(io.LimitReader(endless{}, check.MostLine+1), strings.NewReader("\n{}\n"))), nil
	}
	var faults []string
	for e, err := range check.Lines(open) {
		if err != nil {
			t.Fatal(err)
		}
		faults = append(faults, e.Place+e.Fault)
	}
	if got := strings.Join(faults, " "); got != "line 1(too long) line 2" {
		t.Error(got)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

func TestAFileThatCannotBeReadIsNoReport(t *testing.T) {
	a, _ := against(t)
	broken := errors.New("the disk is gone")
	for _, open := range []func() (io.ReadCloser, error){
		func() (io.ReadCloser, error) { return nil, broken },
		func() (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader("{}\n"), failing{broken})), nil
		},
	} {
		if _, err := check.Judge(check.Lines(open), a); !errors.Is(err, broken) {
			t.Errorf("the error is %v", err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Whatever a file holds, each line that is not empty is counted once, what is
// printed steers no terminal, and what is proposed can be read again.
func FuzzLines(f *testing.F) {
	for line := range strings.Lines(file(f)) {
		f.Add(line)
	}
	f.Add(file(f))
	f.Add("\xef\xbb\xbf{}\n")
	f.Add(`{"resourceType":"Observation","id":"o","code":{"coding":[{"system":"a|b","code":"\u009b(*@"}]},"subject":{"reference":"Patient/p1"}}`)
	a, known := against(f)
	f.Fuzz(func(t *testing.T, text string) {
		report, err := check.Judge(lines(text), a)
		if err != nil {
			t.Fatal(err)
		}
		holds(t, report)
		want := 0
		for line := range strings.SplitSeq(text, "\n") {
			if strings.TrimSpace(line) != "" {
				want++
			}
		}
		if report.Total.Seen != want {
			t.Errorf("%d lines, %d counted", want, report.Total.Seen)
		}
		var out bytes.Buffer
		if err := report.Print(&out, known); err != nil {
			t.Fatal(err)
		}
		clean(t, out.String())
		var again map[string]any
		if err := json.Unmarshal([]byte(report.Propose(known).String()), &again); err != nil {
			t.Errorf("what is proposed is not JSON: %v", err)
		}
	})
}
