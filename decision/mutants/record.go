package mutants

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// RecordFile holds, in a folder of policies, when mutants were last tried.
const RecordFile = "mutation.json"

// Record is what is kept of a run, for whoever asks later.
type Record struct {
	// At is the day, and Digest and Fingerprint the folder that was tried: its rules,
	// data and schema; and those with tests and cases.
	At          string         `json:"at"`
	Digest      string         `json:"digest"`
	Fingerprint string         `json:"fingerprint"`
	Tried       int            `json:"tried"`
	By          map[string]int `json:"by"` // what found how many
	NotNoticed  int            `json:"not_noticed"`
	// Unnoticed says of each of these, up to a number, what nobody would notice and where.
	Unnoticed []string `json:"unnoticed,omitempty"`
}

// Record is what is kept of the run.
func (r Report) Record(now time.Time) Record {
	n := r.counts("")
	out := Record{
		At: now.UTC().Format(time.DateOnly), Digest: r.Digest, Fingerprint: r.Fingerprint,
		Tried: n["made"], NotNoticed: n[Survives] + len(r.Stale), By: map[string]int{},
	}
	for _, by := range []string{ByCheck, ByTests, ByCases, ByInvariants, Equal, Explained} {
		out.By[by] = n[by]
	}
	for _, one := range r.Survivors() {
		out.Unnoticed = append(out.Unnoticed, fmt.Sprintf("%s:%d: %s", one.File, one.Line, one.Notice()))
	}
	out.Unnoticed = append(out.Unnoticed, r.Stale...)
	out.Unnoticed = out.Unnoticed[:min(len(out.Unnoticed), mostTold)]
	return out
}

// JSON is the record as it is kept.
func (r Record) JSON() []byte {
	out, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		panic("a record of texts and numbers is not JSON: " + err.Error())
	}
	return append(out, '\n')
}

// ReadRecord reads what is kept in a folder; false when mutants were never tried.
func ReadRecord(fsys fs.FS) (Record, bool, error) {
	text, err := folder.ReadFile(fsys, RecordFile)
	if errors.Is(err, fs.ErrNotExist) {
		return Record{}, false, nil
	}
	var r Record
	if err == nil {
		d := json.NewDecoder(strings.NewReader(string(text)))
		d.DisallowUnknownFields()
		err = d.Decode(&r)
	}
	if err != nil {
		return Record{}, false, fmt.Errorf("reading %s: %w", RecordFile, err)
	}
	return r, true, nil
}

// Last says in a line when mutants were last tried, and whether with this folder.
func Last(fsys fs.FS) (string, error) {
	const how = "; run mcr policy test --mutants"
	r, ok, err := ReadRecord(fsys)
	if err != nil {
		return "", err
	}
	if !ok {
		return "Whether small faults would be noticed was never tried" + how, nil
	}
	f, err := folder.Read(fsys)
	if err != nil {
		return "", err
	}
	out := fmt.Sprintf("Whether small faults would be noticed was tried on %s with ", r.At)
	switch {
	case r.Fingerprint == f.Fingerprint():
		out += fmt.Sprintf("these policies (digest %.12s)", r.Digest)
	case r.Digest == f.Digest():
		out += fmt.Sprintf("these rules (digest %.12s), but other tests or cases", r.Digest)
	default:
		out += fmt.Sprintf("other rules (digest %.12s)", r.Digest)
	}
	out += fmt.Sprintf(": %d tried, %d would not have been noticed", r.Tried, r.NotNoticed)
	if r.Fingerprint != f.Fingerprint() || r.NotNoticed > 0 {
		out += how
	}
	return out, nil
}
