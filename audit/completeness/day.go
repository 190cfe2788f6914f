package completeness

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"time"
)

// Counts are what was counted of one organisation's records on one day.
type Counts struct {
	Served     int64 `json:"served"`               // answers that left, and have their record
	Unrecorded int64 `json:"unrecorded,omitempty"` // refusals because the record could not be made durable
	Records    int64 `json:"records"`              // of requests, out of the spool
	Others     int64 `json:"others,omitempty"`     // records of looks, of the collector, of operators
}

// Day is one day (UTC) of one broker.
type Day struct {
	Day           string
	Organisations map[string]Counts
	// LowerBound are the times from which on, until the next start, answers may have left
	// uncounted.
	LowerBound []time.Time
	// Counting says that a process counts, or died counting.
	Counting bool
}

// day is a day as it is counted, and its file.
type day struct {
	Version       int                `json:"version"`
	Day           string             `json:"day"`
	Open          bool               `json:"open"` // somebody counts, or died counting
	Written       time.Time          `json:"written"`
	LowerBound    []time.Time        `json:"lower_bound,omitempty"`
	Shipped       map[string]uint64  `json:"shipped"` // by chain, the number up to which records are counted
	Organisations map[string]*Counts `json:"organisations"`

	changed, loose bool
}

func newDay(name string) *day {
	return &day{Version: 1, Day: name, Shipped: map[string]uint64{}, Organisations: map[string]*Counts{}}
}

func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func (d *day) begins() time.Time {
	t, _ := time.Parse(time.DateOnly, d.Day) // it was checked when it was read
	return t
}

func (d *day) of(organisation string) *Counts {
	n := d.Organisations[organisation]
	if n == nil {
		n = new(Counts)
		d.Organisations[organisation] = n
	}
	return n
}

// mostBounds bounds how many crashes of one day are kept apart.
const mostBounds = 20

func (d *day) unsure(since time.Time) {
	d.changed = true
	if len(d.LowerBound) < mostBounds {
		d.LowerBound = append(d.LowerBound, since.UTC().Truncate(time.Second))
	}
}

// public gives the day for those who read.
func (d *day) public() Day {
	out := Day{Day: d.Day, Counting: d.Open, LowerBound: d.LowerBound, Organisations: map[string]Counts{}}
	for name, n := range maps.All(d.Organisations) {
		out.Organisations[name] = *n
	}
	return out
}

func (d *day) encode() []byte {
	text, err := json.Marshal(d)
	if err != nil {
		panic("completeness: encoding numbers: " + err.Error())
	}
	return append(text, '\n')
}

func read(path string) (*day, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d := newDay("")
	if err := json.Unmarshal(text, d); err != nil {
		return nil, err
	}
	for _, n := range d.Organisations {
		if n == nil {
			return nil, errors.New("an organisation without counts")
		}
	}
	if _, err := time.Parse(time.DateOnly, d.Day); err != nil || d.Version != 1 || d.Day+".json" != filepath.Base(path) || d.Shipped == nil || d.Organisations == nil {
		return nil, errors.New("not the counts of this day, of version 1")
	}
	return d, nil
}
