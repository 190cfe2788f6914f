package follow

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mycarerecord/mcr/audit/proof/signed"
	"github.com/mycarerecord/mcr/durable"
)

// state is log.signed: the last checkpoint of each log, as the log signed it, all in one
// file that is replaced as a whole. So of any record either every log that it belongs to
// is signed with it, or none.
type state struct {
	path string
	logs []entry
}

// entry is the last checkpoint of one log.
type entry struct {
	Prefix       string `json:"prefix"`
	Chain        string `json:"chain"`
	Organisation string `json:"organisation,omitempty"`
	Checkpoint   string `json:"checkpoint"` // a signed note
	// Days are its leaves by day, of the last days; Partial is the day within which they began.
	Days    map[string]int64 `json:"days,omitempty"`
	Partial string           `json:"partial,omitempty"`

	says signed.Checkpoint
}

type stateFile struct {
	Version int     `json:"version"`
	Logs    []entry `json:"logs"`
}

// open reads key and state, or makes both at a first start. One without the other is an
// error: without what was signed, something else could be signed.
func open(data string) (k *signed.Key, s state, err error) {
	s.path = filepath.Join(data, stateName)
	text, err := os.ReadFile(s.path)
	none := errors.Is(err, fs.ErrNotExist)
	if err != nil && !none {
		return nil, s, fmt.Errorf("reading what was signed: %w", err)
	}
	k, err = signed.LoadKey(KeyFile(data))
	noKey := errors.Is(err, fs.ErrNotExist)
	switch {
	case err != nil && !noKey:
		return nil, s, err
	case none && !noKey:
		return nil, s, fmt.Errorf("%w: %s is there, %s is not: nobody knows what was signed under this key. Put it back from where it "+
			"was; or take the key away too, and give witnesses and auditors the new one", ErrForked, keyName, stateName)
	case none:
		if err := s.keep(nil); err != nil {
			return nil, s, err
		}
		k, err = signed.CreateKey(KeyFile(data))
		return k, s, err
	}
	var file stateFile
	if json.Unmarshal(text, &file) != nil || file.Version != 1 {
		return nil, s, fmt.Errorf("%w: %s is damaged", ErrForked, stateName)
	}
	if noKey && len(file.Logs) == 0 { // the first start ended between the two
		k, err = signed.CreateKey(KeyFile(data))
		return k, s, err
	}
	if noKey {
		return nil, s, fmt.Errorf("%s is missing: put it back. If it is lost, take %s and the folder %s away too: new logs begin "+
			"under a new key", keyName, stateName, logsName)
	}
	for i := range file.Logs {
		if err := file.Logs[i].read(k); err != nil {
			return nil, s, err
		}
	}
	s.logs = file.Logs
	return k, s, nil
}

// read verifies what was signed: another's key beside this file is seen here.
func (e *entry) read(k *signed.Key) error {
	c, err := e.peek()
	if err != nil {
		return err
	}
	v, err := signed.ParseVerifier(k.LogVerifier(c.Origin))
	if err == nil {
		e.says, _, err = signed.Open([]byte(e.Checkpoint), v)
	}
	if err != nil || e.says.Origin != signed.Origin(e.Prefix, e.Chain, e.Organisation) {
		return fmt.Errorf("%w: what %s says of %s was not signed with %s: one of the two was replaced", ErrForked, stateName, c.Origin, keyName)
	}
	return nil
}

// peek reads the origin, by which the key is named.
func (e *entry) peek() (signed.Checkpoint, error) {
	text, ok := textOf([]byte(e.Checkpoint))
	c, err := signed.ParseCheckpoint(text)
	if !ok || err != nil || !c.Tied {
		return c, fmt.Errorf("%w: %s is damaged", ErrForked, stateName)
	}
	return c, nil
}

// with gives what is to be kept when some logs were signed anew.
func (s *state) with(newer []entry) []entry {
	all := append([]entry(nil), s.logs...)
next:
	for _, n := range newer {
		for i := range all {
			if all[i].says.Origin == n.says.Origin {
				all[i] = n
				continue next
			}
		}
		all = append(all, n)
	}
	return all
}

// keep makes durable what was signed; only then may it leave.
func (s *state) keep(logs []entry) error {
	text, err := json.MarshalIndent(stateFile{Version: 1, Logs: logs}, "", " ")
	if err == nil {
		err = durable.Replace(s.path, append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("keeping what is signed: %w", err)
	}
	s.logs = logs
	return nil
}
