package reconcile

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"

	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/durable"
)

// alarms are what is missing and cannot be mended from here, and what is altered, by chain.
// They outlast a restart: to find them again may take a round of days.
type alarms struct {
	path string
	key  []byte
	log  *slog.Logger

	mu   sync.Mutex
	by   map[string]*alarm
	kept string // what the file holds
	told string // what was logged last
}

// alarm is of one chain.
type alarm struct {
	Missing  ranges `json:"missing,omitempty"`
	Altered  ranges `json:"altered,omitempty"`
	Accepted ranges `json:"accepted,omitempty"` // of both, what an operator has looked at
}

type alarmFile struct {
	Version int               `json:"version"`
	Chains  map[string]*alarm `json:"chains"`
	MAC     []byte            `json:"mac"`
}

func openAlarms(path string, key []byte, log *slog.Logger) (*alarms, error) {
	a := &alarms{path: path, key: key, log: log, by: map[string]*alarm{}}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return nil, fmt.Errorf("opening what is missing: %w", err)
	}
	var f alarmFile
	if json.Unmarshal(text, &f) != nil || f.Version != 1 || !hmac.Equal(f.MAC, a.mac(f.Chains)) {
		log.Error("the file of what the store lacks was altered, or written under other keys: all is looked at again", "file", path)
		return a, nil
	}
	if f.Chains != nil {
		a.by = f.Chains
	}
	a.kept = a.text()
	return a, nil
}

// put says what is missing and altered of a range of a chain, in place of what was said before,
// and whether that is something else.
func (a *alarms) put(chain string, within ship.Range, missing, altered ranges) (changed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	one := a.by[chain]
	if one == nil {
		if len(missing)+len(altered) == 0 {
			return false
		}
		one = new(alarm)
		a.by[chain] = one
	}
	changed = !slices.Equal(one.Missing.within(within), missing) || !slices.Equal(one.Altered.within(within), altered)
	if !changed {
		return false
	}
	one.Missing = one.Missing.put(within, missing)
	one.Altered = one.Altered.put(within, altered)
	// What is mended and lost again is an alarm again.
	still := slices.Concat(one.Missing.within(within), one.Altered.within(within))
	var accepted ranges
	for _, r := range still {
		accepted = append(accepted, one.Accepted.within(r)...)
	}
	slices.SortFunc(accepted, func(x, y ship.Range) int {
		if x.First < y.First {
			return -1
		}
		return 1
	})
	one.Accepted = one.Accepted.put(within, accepted)
	if len(one.Missing)+len(one.Altered) == 0 {
		delete(a.by, chain)
	}
	return true
}

// named gives what each chain lacks, or has altered.
func (a *alarms) named() map[string]ranges {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := map[string]ranges{}
	for chain, one := range a.by {
		all[chain] = slices.Concat(one.Missing, one.Altered)
	}
	return all
}

// open gives what is missing and altered and was not accepted.
func (a *alarms) open() map[string]alarm {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := map[string]alarm{}
	for chain, one := range a.by {
		all[chain] = alarm{
			Missing: slices.Clone(one.Missing).without(one.Accepted), Altered: slices.Clone(one.Altered).without(one.Accepted),
			Accepted: slices.Clone(one.Accepted),
		}
	}
	return all
}

// accept says that somebody has looked at all that is named now.
func (a *alarms) accept() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, one := range a.by {
		for _, r := range slices.Concat(one.Missing, one.Altered) {
			one.Accepted = one.Accepted.put(r, ranges{r})
		}
	}
}

// keep writes what changed to the file, and says it in the log, once.
func (a *alarms) keep() error {
	open := a.open()
	a.mu.Lock()
	defer a.mu.Unlock()
	said := ""
	for _, chain := range slices.Sorted(maps.Keys(open)) {
		if one := open[chain]; len(one.Missing)+len(one.Altered) > 0 {
			said += fmt.Sprintf("%s: missing %d (%s), altered %d (%s); ", chain, one.Missing.records(), one.Missing, one.Altered.records(), one.Altered)
		}
	}
	if said != a.told {
		a.told = said
		if said == "" {
			a.log.Info("nothing is missing from the store any more, or all of it was accepted")
		} else {
			a.log.Error("the store lost records that the spool no longer holds, or has others in their place: mcr audit redeliver tells which", "what", said)
		}
	}
	now := a.text()
	if now == a.kept {
		return nil
	}
	text, err := json.Marshal(alarmFile{Version: 1, Chains: a.by, MAC: a.mac(a.by)})
	if err == nil {
		err = durable.Replace(a.path, append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("keeping what is missing: %w", err)
	}
	a.kept = now
	return nil
}

func (a *alarms) text() string {
	text, err := json.Marshal(a.by)
	if err != nil {
		panic("reconcile: encoding numbers: " + err.Error())
	}
	return string(text)
}

func (a *alarms) mac(of map[string]*alarm) []byte {
	text, err := json.Marshal(of)
	if err != nil {
		panic("reconcile: encoding numbers: " + err.Error())
	}
	m := hmac.New(sha256.New, a.key)
	m.Write(text)
	return m.Sum(nil)
}
