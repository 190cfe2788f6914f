package carry

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
)

const (
	format  = "mcr registry"
	version = 1
)

// header is the first line.
type header struct {
	Format  string            `json:"format"`
	Version int               `json:"version"`
	Made    time.Time         `json:"made"`
	By      string            `json:"by"`
	Notes   map[string]string `json:"notes,omitempty"`
}

// footer is the last line.
type footer struct {
	Entries *int   `json:"entries"`
	SHA256  string `json:"sha256"`
}

// footerBegins tells a last line from a version.
var footerBegins = []byte(`{"entries":`)

// line is one version.
type line struct {
	ID           string          `json:"id"`
	Version      int             `json:"version"`
	Kind         registry.Kind   `json:"kind"`
	Status       registry.Status `json:"status"`
	Patient      string          `json:"patient"`
	Organisation string          `json:"organisation,omitempty"`
	User         string          `json:"user,omitempty"`
	From         time.Time       `json:"from,omitzero"`
	Until        time.Time       `json:"until,omitzero"`
	RecordedBy   string          `json:"recorded_by"`
	RecordedAt   time.Time       `json:"recorded_at"`
	Detail       json.RawMessage `json:"detail"`
}

// write gives a version as a line, without its end.
func write(e *registry.Entry) ([]byte, error) {
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return nil, err
	}
	return json.Marshal(line{
		ID: e.ID, Version: e.Version, Kind: e.Kind, Status: e.Status, Patient: e.Patient.Digits(),
		Organisation: e.Organisation.String(), User: e.UserID, From: e.From.UTC(), Until: e.Until.UTC(),
		RecordedBy: e.RecordedBy, RecordedAt: e.RecordedAt.UTC(), Detail: detail,
	})
}

var (
	errKind   = errors.New("is of a kind or a status that is not known here")
	errTimes  = errors.New("has a time that is not in UTC to the microsecond")
	errMember = errors.New("is not a version of an entry as they are written: a member is unknown, or of another type")
)

// read reads a version. It is strict: what is not understood could limit what the entry says.
func read(text []byte) (e registry.Entry, err error) {
	var l line
	if err := strictly(text, &l); err != nil {
		return e, errMember
	}
	e = registry.Entry{ID: l.ID, Version: l.Version, Kind: l.Kind, Status: l.Status, UserID: l.User,
		RecordedBy: l.RecordedBy, RecordedAt: l.RecordedAt.UTC()}
	e.From, e.Until = l.From.UTC(), l.Until.UTC()
	if !registry.KnownKind(e.Kind) || !registry.KnownStatus(e.Status) {
		return e, errKind
	}
	if e.Patient, err = nhs.ParseNumber(l.Patient); err != nil {
		return e, err
	}
	if l.Organisation != "" {
		if e.Organisation, err = nhs.ParseODSCode(l.Organisation); err != nil {
			return e, err
		}
	}
	for _, t := range []time.Time{e.From, e.Until, e.RecordedAt} {
		if !t.Equal(t.Truncate(time.Microsecond)) {
			return e, errTimes
		}
	}
	if e.ID == "" || e.Version < 1 || e.RecordedAt.IsZero() {
		return e, errMember
	}
	if err := registry.ReadDetail(string(l.Detail), &e.Detail); err != nil {
		return e, errMember
	}
	return e, e.Fit()
}

// strictly reads one JSON document without members that are not known.
func strictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errMember
	}
	return nil
}
